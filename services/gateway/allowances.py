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
    seconds: float = 1.0
    """How many seconds' worth somebody may spend at once."""
    clock: Callable[[], float] = monotonic
    _by_name: dict[str, Allowance] = field(default_factory=dict)
    _look_at: int = _REMEMBERED
    """How many are remembered when those are forgotten who have all of theirs again."""

    def spend(self, name: str) -> Allowance:
        """Take one request out of somebody's allowance."""
        now = self.clock()
        if len(self._by_name) > self._look_at:
            self._by_name = {
                who: one for who, one in self._by_name.items() if now - one.at < self.seconds
            }
            self._look_at = max(_REMEMBERED, 2 * len(self._by_name))
        full = Allowance(self.per_second, self.per_second * self.seconds, now, self.seconds)
        left = self._by_name.get(name) or full
        self._by_name[name] = spent = left.spend(now)
        return spent
