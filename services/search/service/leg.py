"""One half of a search: missed when it is away, broken or slow, and spared until it had a rest."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from prometheus_client import Counter

from services.search.model.passage import OtherModel
from shared.problems import Away

PATIENCE: Final = 3.0
"""Seconds that a leg may take."""

REST: Final = 2.0
"""Seconds after repeated failure in which a leg is not asked; then one search tries it again."""

FAILURES: Final = 3

MISSED: Final = Counter(
    "mesh_search_leg_missed", "Searches that one leg did not answer", ["leg", "reason"]
)

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Leg:
    """A circuit breaker: closed, open after `FAILURES` in a row, half open after `REST`."""

    def __init__(self, name: str, *, patience: float = PATIENCE, rest: float = REST) -> None:
        self.name = name
        self._patience = patience
        self._rest = rest
        self._failures = 0
        self._until = 0.0

    async def run(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """Ask, or answer None where there is nothing to be had."""
        now = asyncio.get_running_loop().time()
        if self._failures >= FAILURES:
            if now < self._until:
                self._missed("resting")
                return None
            self._until = now + self._rest
        try:
            async with asyncio.timeout(self._patience):
                answer = await ask()
        except OtherModel as other:
            # One owner's vectors are behind; the leg itself is well.
            log.warning("leg missed", leg=self.name, reason=str(other))
            self._missed("other-model")
            return None
        except Exception as failure:  # noqa: BLE001  # whatever it is, the other leg answers
            self._failures += 1
            self._until = asyncio.get_running_loop().time() + self._rest
            # An unknown error's words may be the question's; its kind tells enough.
            kind = type(failure).__name__
            reason = failure.detail if isinstance(failure, Away) else kind
            log.warning("leg missed", leg=self.name, reason=reason, failures=self._failures)
            self._missed(kind)
            return None
        self._failures = 0
        return answer

    def _missed(self, reason: str) -> None:
        MISSED.labels(self.name, reason).inc()
