"""What operations needs from outside, in its own words."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.operations.model import Death, Group, Letter, Plan, Wanted
from shared.cause import Cause


class Transaction(Protocol):
    """Changes that happen together or not at all."""

    async def get(self, letter_id: UUID) -> Letter:
        """Hold one until the end; `LetterNotFound` if there is none."""
        ...

    async def of(self, death: Death) -> Letter | None:
        """Hold the letter of this message and listener until the end, if there is one."""
        ...

    async def put(self, letter: Letter) -> None:
        """Store it, new or changed."""
        ...

    async def find(self, wanted: Wanted, limit: int, before: UUID | None = None) -> list[Letter]:
        """Fetch some, newest first."""
        ...

    async def groups(self, wanted: Wanted, limit: int) -> list[Group]:
        """Count by fingerprint, those that were seen last first."""
        ...

    async def schedule(self, wanted: Wanted, plan: Plan, start: datetime, rate: float) -> int:
        """Plan something for those that wait, oldest first, so many a second; say how many.

        What has no id of its own, which nobody could know again, is not redriven.
        """
        ...

    async def due(self, now: datetime) -> Letter | None:
        """Hold one whose time has come until the end, the earliest that nobody else holds."""
        ...

    async def forget(self, ended_before: datetime) -> None:
        """Remove what was redriven or discarded long ago."""
        ...

    async def waiting(self) -> dict[tuple[str, str], int]:
        """Count those that wait, by service and failure class."""
        ...


class Store(Protocol):
    """Where dead letters live."""

    def begin(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that commits at the end of its block."""
        ...


class Listeners(Protocol):
    """Those whom a message is said again to, each alone."""

    async def say_again(self, letter: Letter) -> None:
        """Give it to its listener, and return once the broker has stored it; `Away` otherwise.

        The same `redrives` of a letter is stored once, however often it is said.
        """
        ...

    async def say_discarded(self, letter: Letter) -> None:
        """Tell its listener that it is given up, in the same manner."""
        ...


class Contracts(Protocol):
    """What bodies are allowed."""

    def require(self, type_: str, body: bytes) -> None:
        """Raise `BadBody` where the message's class would not read it; strangers are let pass."""
        ...
