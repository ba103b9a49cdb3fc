"""Many messages for one verb in one transaction: cheap where a verb only writes rows of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import structlog
from pydantic import ValidationError

from shared.cause import Cause, Delivery
from shared.database import Database
from shared.delivery import Courier, Heard, Outcome, Verdict, beating
from shared.envelope import BadEnvelope
from shared.messages import Message
from shared.order import InOrder

WORTH_IT: Final = 2
"""So many messages are cheaper in one transaction than one by one."""

M = TypeVar("M", bound=Message)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Read(Generic[M]):
    heard: Heard
    message: M
    cause: Cause
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Together(Generic[M]):
    """Tries a whole batch in one transaction; what that cannot do, the courier does one by one.

    An error takes the whole transaction with it, and none of it is counted: each message then gets
    one of its own, in which errors, repetitions and dead letters are judged as ever.
    """

    courier: Courier[M]
    database: Database
    order: InOrder | None = None

    async def deliver(self, batch: Sequence[Heard]) -> dict[int, Verdict]:
        """Answer what the broker is to be told, by place in the batch, of those that are done."""
        new = self._new(batch)
        if len(new) < WORTH_IT:
            return {}
        try:
            async with beating([one.heard for one in new.values()]):
                outcomes = await self._run(new)
        except Exception as error:  # noqa: BLE001  # the courier meets it again, and judges it
            log.info("not together", durable=self.courier.durable, error=repr(error))
            return {}
        return {place: Verdict(outcome) for place, outcome in outcomes.items()}

    def _new(self, batch: Sequence[Heard]) -> dict[int, _Read[M]]:
        """Choose what can be tried together: nothing that comes behind something that cannot."""
        new: dict[int, _Read[M]] = {}
        alone: set[str] = set()
        for place, heard in enumerate(batch):
            key = heard.headers.get("ce-partitionkey", "")
            waits = self.order is not None and (key in alone or self.order.waits(heard))
            one = None if waits else self._read(heard)
            if one is not None:
                new[place] = one
            elif key:
                alone.add(key)
        return new

    def _read(self, heard: Heard) -> _Read[M] | None:
        """Understand what comes for the first time; all else is the courier's."""
        if heard.deliveries > 1:
            return None
        try:
            return _Read(heard, *self.courier.read(heard))
        except (BadEnvelope, ValidationError):
            return None

    async def _run(self, new: dict[int, _Read[M]]) -> dict[int, Outcome]:
        outcomes = dict.fromkeys(new, Outcome.REPEATED)
        async with self.database.together([one.delivery for one in new.values()]) as fresh:
            for place, one in new.items():
                with self.courier.tracing(one.heard) as span:
                    if one.delivery in fresh:
                        await self.courier.verb(one.message, one.cause)
                        outcomes[place] = Outcome.DONE
                    self.courier.tell(outcomes[place], span)
        return outcomes
