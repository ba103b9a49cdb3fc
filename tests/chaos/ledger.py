"""The ledger: what was said and what came of it, compared by id and never by count."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True)
class Account(Generic[Id]):
    """One kind of effect: each id that was said has it exactly once, and nobody else has it.

    Of those in `unsure` nobody knows whether they were accepted, as when a connection broke and
    no later answer came: they may have the effect once, or not.
    """

    name: str
    said: Collection[Id]
    found: Iterable[Id]
    """As they were found, an id as often as its effect."""
    unsure: Collection[Id] = ()
    times: Counter[Id] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", Counter(self.found))

    @property
    def lost(self) -> set[Id]:
        """Acknowledged, and without effect."""
        return set(self.said) - self.times.keys()

    @property
    def doubled(self) -> set[Id]:
        """With more than one effect."""
        return {one for one, times in self.times.items() if times > 1}

    @property
    def strangers(self) -> set[Id]:
        """With an effect that nobody asked for."""
        return self.times.keys() - set(self.said) - set(self.unsure)

    @property
    def recovered(self) -> set[Id]:
        """Never acknowledged, and done all the same: allowed, and worth knowing."""
        return (set(self.unsure) - set(self.said)) & self.times.keys()

    @property
    def holds(self) -> bool:
        """Whether nothing was lost and nothing counts twice."""
        return not (self.lost or self.doubled or self.strangers)
