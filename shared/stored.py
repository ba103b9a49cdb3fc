"""Reading what the broker keeps and who listens to it, without leaving a trace there."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo, StreamInfo
from nats.js.errors import NotFoundError

from shared.problems import Away

BATCH: Final = 256
WITHIN: Final = 5.0
_PAGE: Final = 256
_SUBJECT: Final = "Nats-Subject"
_SEQUENCE: Final = "Nats-Sequence"
_TIME: Final = "Nats-Time-Stamp"
_ENDS: Final = frozenset({"204", "404"})
"""The end of a batch, and nothing there."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as a stream keeps it."""

    stream: str
    sequence: int
    at: datetime
    address: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Start:
    """Where reading begins: at a sequence, or at a time."""

    sequence: int = 1
    at: datetime | None = None

    def asked(self) -> dict[str, object]:
        """Say it in the broker's words."""
        if self.at is None:
            return {"seq": max(1, self.sequence)}
        return {"start_time": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")}


async def read(
    connection: Client, stream: str, *, subject: str = ">", start: Start | None = None
) -> AsyncGenerator[Stored]:
    """Read in order up to the end as it is now; `Away` when the broker does not answer.

    It asks for messages themselves (`allow_direct`), so that no consumer is made and none is moved.
    """
    start = start or Start()
    while True:
        batch = await _batch(connection, stream, subject, start)
        for one in batch:
            yield one
        if len(batch) < BATCH:
            return
        start = Start(batch[-1].sequence + 1)


async def listeners(jetstream: JetStreamContext, stream: str) -> list[ConsumerInfo]:
    """List who has a place in a stream, by name."""
    found: list[ConsumerInfo] = []
    while True:
        page = await jetstream.consumers_info(stream, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return sorted(found, key=lambda one: one.name)


def whole_copies(stream: StreamInfo) -> int:
    """Count the nodes that have all of a stream at this moment, the one that leads among them."""
    others = stream.cluster.replicas if stream.cluster else None
    return 1 + sum(bool(peer.current) and not peer.offline for peer in others or ())


async def waiting_since(jetstream: JetStreamContext, listener: ConsumerInfo) -> datetime | None:
    """Tell when the oldest message was stored that a listener has not dealt with, if there is one.

    The broker tells no times of messages without the messages, so it is fetched.
    """
    if not listener.num_pending and not listener.num_ack_pending:
        return None
    done = listener.ack_floor.stream_seq if listener.ack_floor else 0
    try:
        oldest = await jetstream.get_msg(
            listener.stream_name,
            seq=done + 1,
            subject=listener.config.filter_subject or ">",
            direct=True,
            next=True,
        )
    except NotFoundError:
        return None
    return oldest.time


async def _batch(connection: Client, stream: str, subject: str, start: Start) -> list[Stored]:
    asked = {"batch": BATCH, "next_by_subj": subject, **start.asked()}
    inbox = connection.new_inbox()
    found: list[Stored] = []
    try:
        answers = await connection.subscribe(inbox)
        try:
            address = f"$JS.API.DIRECT.GET.{stream}"
            await connection.publish(address, json.dumps(asked).encode(), reply=inbox)
            while True:
                answer = await answers.next_msg(timeout=WITHIN)
                if (answer.headers or {}).get("Status") in _ENDS:
                    return found
                found.append(_stored(stream, answer))
        finally:
            await answers.unsubscribe()
    except (NatsError, TimeoutError, ConnectionError) as gone:
        raise Away(f"the broker does not tell what {stream} keeps: {gone!r}") from gone


def _stored(stream: str, answer: Msg) -> Stored:
    headers = dict(answer.headers or {})
    return Stored(
        stream=stream,
        sequence=int(headers[_SEQUENCE]),
        at=datetime.fromisoformat(headers[_TIME]),
        address=headers[_SUBJECT],
        headers={name: text for name, text in headers.items() if not name.startswith("Nats-")},
        body=answer.data,
    )
