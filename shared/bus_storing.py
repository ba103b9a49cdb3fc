"""Publishes many messages at once and waits for all of their answers with one time-out.

nats-py's own publish makes a task, a timer and a request of each message; here a message costs what
writing it costs, and its answer is found by a number.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.relay import Outgoing

_STREAM: Final = "Nats-Expected-Stream"
_LATE: Final = "the broker did not answer in time"


@dataclass(slots=True)
class Storing:
    """Answers of one connection's streams, each at the number of its message."""

    connection: Client
    within: float
    """Seconds until an answer is late."""
    _inbox: str = ""
    _number: int = 0
    _answers: "dict[int, asyncio.Future[str]]" = field(default_factory=dict)

    async def store(self, messages: Sequence[Outgoing]) -> list[str]:
        """Publish in order; answers of each why it is not stored as far as we know, or nothing."""
        if not self._inbox:
            self._inbox = self.connection.new_inbox()
            await self.connection.subscribe(f"{self._inbox}.*", cb=self._answered)
        first = self._number + 1
        self._number += len(messages)
        loop = asyncio.get_running_loop()
        answers = {first + place: loop.create_future() for place in range(len(messages))}
        self._answers.update(answers)
        try:
            for number, message in zip(answers, messages, strict=True):
                await self._publish(number, message)
            await asyncio.wait(answers.values(), timeout=self.within)
        finally:
            for number in answers:
                del self._answers[number]
        return [answer.result() if answer.done() else _LATE for answer in answers.values()]

    async def _publish(self, number: int, message: Outgoing) -> None:
        headers = {**message.headers, _STREAM: message.stream}
        reply = f"{self._inbox}.{number}"
        try:
            await self.connection.publish(message.address, message.body, reply, headers)
        except nats.errors.Error as refused:
            self._answers[number].set_result(repr(refused))

    async def _answered(self, answer: Msg) -> None:
        number = int(answer.subject.rpartition(".")[2])
        if number in self._answers and not self._answers[number].done():
            self._answers[number].set_result(_refusal(answer))


def _refusal(answer: Msg) -> str:
    """Tell why a message was not stored; nothing if it was."""
    if not answer.data:
        return "no stream takes it"
    error = json.loads(answer.data).get("error")
    return str(error.get("description", error)) if error else ""
