"""Operations as far as it needs no server: with fakes around it, and a clock that tests move."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.operations.catalogue import ContractCatalogue
from services.operations.model import Death, Letter, Patience
from services.operations.service import Letters
from tests.unit.operations.examples import NOON
from tests.unit.operations.fakes import FakeListeners, FakeStore


@dataclass
class World:
    """Operations with fakes around it, and a clock that tests move."""

    store: FakeStore = field(default_factory=FakeStore)
    listeners: FakeListeners = field(default_factory=FakeListeners)
    now: datetime = NOON

    def __post_init__(self) -> None:
        patience = Patience(redrives=2, first=timedelta(seconds=60))
        self.letters = Letters(
            self.store, self.listeners, ContractCatalogue(), patience, lambda: self.now
        )

    async def bury(self, died: Death) -> Letter:
        await self.letters.bury(died)
        return self.only

    @property
    def only(self) -> Letter:
        [one] = self.store.letters.values()
        return one

    async def work_off(self) -> int:
        done = 0
        while await self.letters.work_off():
            done += 1
        return done
