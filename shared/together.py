"""Messages for verbs that only write rows of their own, many in one transaction.

What comes while one transaction runs shares the next one, whichever listener of the process it is
for. An error takes the whole transaction with it, and none of it is counted: each message then gets
one of its own, in which errors, repetitions and dead letters are judged as ever.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from shared.cause import Cause, Delivery
from shared.database import Database
from shared.delivery import Courier, Heard, Listener, Outcome, Verdict, beating
from shared.messages import Message
from shared.order import InOrder

MOST: Final = 256
"""Messages in one transaction."""

log = structlog.get_logger(__name__)
Key = tuple[str, str]
"""A listener's place and what a message is about."""


class _Waits(Exception):
    """Somebody of its key failed meanwhile: all of them are done alone, where that is looked at."""


@dataclass(frozen=True, slots=True)
class _InCompany:
    """One listener whose messages are done together with others'."""

    company: "Together"
    courier: Courier[Any]
    order: InOrder | None
    alone: Listener

    async def deliver(self, heard: Heard) -> Verdict:
        """Do it in a transaction with others, or in one of its own where that cannot be."""
        one = _Waiting(self, heard, asyncio.get_running_loop().create_future())
        with beating([heard]):
            outcome = await self.company.run(one)
        if outcome is not None:
            return Verdict(outcome)
        try:
            return await self.alone.deliver(heard)
        finally:
            self.company.leave(one.key)

    def read(self, heard: Heard) -> tuple[Message, Cause, Delivery] | None:
        """Understand what comes for the first time; all else is judged alone."""
        try:
            if heard.deliveries > 1 or (self.order is not None and self.order.waits(heard)):
                return None
            return self.courier.read(heard)
        except Exception:  # noqa: BLE001  # what is wrong with it is judged alone
            return None

    def fell_behind(self, heard: Heard) -> bool:
        """Say whether a line of its key became known since it was read."""
        order = self.order
        return order is not None and bool(order.known) and order.waits(heard)


@dataclass(frozen=True, slots=True)
class _Waiting:
    listener: _InCompany
    heard: Heard
    outcome: "asyncio.Future[Outcome | None]"
    """None if it has to be done alone."""

    @property
    def key(self) -> Key | None:
        """What it must keep its order with, if there is anything."""
        about = self.heard.headers.get("ce-partitionkey", "")
        ordered = self.listener.order is not None and about
        return (self.listener.courier.durable, about) if ordered else None


@dataclass(frozen=True, slots=True)
class _New:
    waiting: _Waiting
    message: Message
    cause: Cause
    delivery: Delivery


@dataclass(slots=True)
class Together:
    """All listeners of a process that share transactions."""

    database: Database
    linger: float = 0.0
    """Seconds to wait for more, where nobody waits for us."""
    _waiting: list[_Waiting] = field(default_factory=list)
    _alone: Counter[Key] = field(default_factory=Counter)
    """What messages done alone are about, so that none behind them comes before them."""
    _work: "asyncio.Task[None] | None" = None

    def keep(self, courier: Courier[Any], order: InOrder | None, alone: Listener) -> Listener:
        """Do a courier's messages together; `alone` does what cannot be."""
        return _InCompany(self, courier, order, alone)

    async def run(self, one: _Waiting) -> Outcome | None:
        """Share the next transaction; None if it has to be done alone, and `leave` called then."""
        self._waiting.append(one)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._run_all(), name="together")
        return await one.outcome

    def leave(self, key: Key | None) -> None:
        """Be done with what was done alone."""
        if key is not None:
            self._alone[key] -= 1
            if not self._alone[key]:
                del self._alone[key]

    async def _run_all(self) -> None:
        """Work until nothing waits."""
        while self._waiting:
            if len(self._waiting) < MOST:
                await asyncio.sleep(self.linger)
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            new = self._new(batch)
            try:
                await self._run(new)
            except Exception as error:  # noqa: BLE001  # each meets it again, and it is judged then
                log.info("not together", messages=len(new), error=repr(error))
                for one in new:
                    self._leave_alone(one.waiting)

    def _new(self, batch: Sequence[_Waiting]) -> list[_New]:
        """Choose what can be tried together: nothing of a key of which something cannot."""
        new: dict[Delivery, _New] = {}
        for one in batch:
            read = None if one.key in self._alone else one.listener.read(one.heard)
            if read is None or read[2] in new:
                self._leave_alone(one)
            else:
                new[read[2]] = _New(one, *read)
        for beside in list(new.values()) if self._alone else ():
            if beside.waiting.key in self._alone:
                del new[beside.delivery]
                self._leave_alone(beside.waiting)
        return list(new.values())

    def _leave_alone(self, one: _Waiting) -> None:
        if one.key is not None:
            self._alone[one.key] += 1
        if not one.outcome.done():
            one.outcome.set_result(None)

    async def _run(self, new: Sequence[_New]) -> None:
        if not new:
            return
        outcomes = []
        async with self.database.together([one.delivery for one in new]) as fresh:
            if any(one.waiting.listener.fell_behind(one.waiting.heard) for one in new):
                raise _Waits("a line was begun before the transaction was")
            for one in new:
                courier, outcome = one.waiting.listener.courier, Outcome.REPEATED
                with courier.tracing(one.waiting.heard) as span:
                    if one.delivery in fresh:
                        await courier.verb(one.message, one.cause)
                        outcome = Outcome.DONE
                    courier.tell(outcome, span)
                outcomes.append(outcome)
        for one, outcome in zip(new, outcomes, strict=True):
            if not one.waiting.outcome.done():
                one.waiting.outcome.set_result(outcome)
