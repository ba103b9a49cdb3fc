"""One half of a search (words or meaning): left out while it fails or is slow."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from prometheus_client import Counter

from services.search.model.passage import OtherModel
from shared.resilience import REST, Effort, Policy

PATIENCE: Final = 3.0
"""Seconds that a leg may take."""

MISSED: Final = Counter("mesh_search_leg_missed", "Searches that one leg did not answer", ["leg"])

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Leg:
    """Asks one index under a policy (`shared.resilience`); None where it does not answer."""

    def __init__(self, name: str, *, patience: float = PATIENCE, rest: float = REST) -> None:
        self.name = name
        self.policy = Policy(
            f"search-{name}", Effort(within=patience), rest=rest, spares=(OtherModel,)
        )

    async def run(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """Ask, or answer None."""
        try:
            answer: T | None = await self.policy.run_or(ask, None)
        except OtherModel as other:
            # One owner's vectors are behind; the leg itself is well.
            log.warning("leg missed", leg=self.name, reason=str(other))
            answer = None
        if answer is None:
            MISSED.labels(self.name).inc()
        return answer
