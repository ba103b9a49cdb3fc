"""The process of operations: real letters and store, and operators who decide at will."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from nats.aio.msg import Msg

from contracts.operations import (
    DiscardDeadLetter,
    DiscardDeadLetters,
    RedriveDeadLetter,
    RedriveDeadLetters,
)
from services.operations.deaths import death_of
from services.operations.listeners import BusListeners
from services.operations.model import Patience
from services.operations.service import ADMINISTRATOR, Letters
from services.operations.store import PostgresStore
from shared.cause import Cause
from tests.simulation.world import Process

ADMIN: Final = Cause(role=ADMINISTRATOR)
_WAITING: Final = "SELECT id, message_id, key FROM letters WHERE state = 'waiting' ORDER BY id"
_UNREADABLE: Final = "SELECT id FROM letters WHERE state = 'waiting' AND kind = 'schema'"
_PLANNED: Final = "SELECT message_id FROM letters WHERE plan = 'discard'"


class Deed(Enum):
    """What operations is asked to do."""

    REDRIVE = "redrive one"
    MEND = "redrive one with another body"
    DISCARD = "discard one"
    REDRIVE_ALL = "plan to redrive all"
    DISCARD_ALL = "plan to discard all"
    WORK_OFF = "do what is planned"


@dataclass(frozen=True, slots=True)
class Anything:
    """Contracts that allow every body: what is unreadable may be said again as it is."""

    def require(self, type_: str, body: bytes) -> None:
        """Let it pass."""


@dataclass(eq=False)
class Operations:
    """One process that keeps dead letters, and does with them what it is told."""

    process: Process
    now: Callable[[], datetime]
    given_up: set[str]
    """What anybody ever wanted to be given up, by id; kept by who starts the next process."""
    letters: Letters = field(init=False)

    def __post_init__(self) -> None:
        self.letters = Letters(
            PostgresStore(self.process.database),
            BusListeners(self.process.link),
            Anything(),
            Patience(redrives=2, first=timedelta(seconds=5)),
            now=self.now,
        )

    async def bury(self, raw: Msg) -> None:
        """Do as `Deaths` does with each that it hears of."""
        await self.letters.bury(death_of(raw))
        await raw.ack()

    def ask(self, deed: Deed, which: int) -> Coroutine[Any, Any, object] | None:
        """Ask for something; None where there is nothing to do it with."""
        if deed is Deed.REDRIVE_ALL:
            return self.letters.redrive_all(RedriveDeadLetters(), ADMIN)
        if deed is Deed.DISCARD_ALL:
            return self.letters.discard_all(DiscardDeadLetters(), ADMIN)
        if deed is Deed.WORK_OFF:
            return self.letters.work_off()
        waiting = self.process.world.truth.rows(_WAITING)
        if not waiting:
            return None
        letter = waiting[which % len(waiting)]
        if deed is Deed.DISCARD:
            self.given_up.add(letter["message_id"])
            return self.letters.discard(DiscardDeadLetter(letter_id=letter["id"]), ADMIN)
        body = {"thing_id": letter["key"], "note": "mended"} if deed is Deed.MEND else None
        return self.letters.redrive(RedriveDeadLetter(letter_id=letter["id"], body=body), ADMIN)

    def look(self) -> None:
        """See what is planned to be given up."""
        self.given_up.update(row[0] for row in self.process.world.truth.rows(_PLANNED))

    def waits(self) -> bool:
        """Say whether anything waits for a decision."""
        return bool(self.process.world.truth.rows(_WAITING))

    def unreadable(self) -> int | None:
        """Tell which of those that wait cannot be read as it is, if one is."""
        truth = self.process.world.truth
        unreadable = {row["id"] for row in truth.rows(_UNREADABLE)}
        waiting: list[UUID] = [row["id"] for row in truth.rows(_WAITING)]
        return next((place for place, one in enumerate(waiting) if one in unreadable), None)
