"""Finds notifications about things that do not exist any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from contracts.orphans import WhichDocumentsLive, WhichKnown, WhichQuizzesLive, unknown
from shared.cause import Cause
from shared.requests import Asking

_OWNERS: Final[Mapping[str, type[WhichKnown]]] = {
    "document": WhichDocumentsLive,
    "quiz": WhichQuizzesLive,
}
"""Whom to ask, by the family of a notification; those of other services are not looked at."""


class Stock(Protocol):
    """What is stored, whoever it was told to."""

    async def things(self) -> Mapping[str, set[UUID]]:
        """Name what there are notifications about, by family."""
        ...


@dataclass(frozen=True, slots=True)
class Inventory:
    """Compares what was told with what there is."""

    stock: Stock
    bus: Asking

    async def look(self, cause: Cause) -> Mapping[str, set[str]]:
        """Ask the owners of all things that somebody was told of."""
        found: set[str] = set()
        told = await self.stock.things()
        for family, which in _OWNERS.items():
            gone = await unknown(self.bus, which, told.get(family, set()), cause)
            found.update(str(thing_id) for thing_id in gone)
        return {"notification": found}
