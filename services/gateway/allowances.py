"""Rate limits: how many requests each caller has left, as a token bucket for each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from services.gateway.model import Allowance

_REMEMBERED: Final = 10_000


@dataclass(slots=True)
class Allowances:
    """How much each caller has left. Each replica counts for itself, for now."""

    per_second: float
    clock: Callable[[], float] = monotonic
    _by_name: dict[str, Allowance] = field(default_factory=dict)

    def spend(self, name: str) -> Allowance:
        """Take one request out of somebody's allowance."""
        now = self.clock()
        if len(self._by_name) > _REMEMBERED:
            self._by_name = {who: one for who, one in self._by_name.items() if now - one.at < 1}
        left = self._by_name.get(name) or Allowance(self.per_second, self.per_second, now)
        self._by_name[name] = spent = left.spend(now)
        return spent
