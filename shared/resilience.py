"""How we deal with what we depend on: how long to wait, how often to try, when to leave it alone.

One policy for every call that may fail for reasons of others. The retries are tenacity's, the
circuit breaker is purgatory's; the retry budget is Finagle's: retries are paid for by calls, so
that a dependency in trouble is not buried under them.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, TypeVar

import structlog
from prometheus_client import Counter, Gauge
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential
from tenacity.stop import stop_after_attempt

from shared.problems import Away, Problem

FAILURES: Final = 3
REST: Final = 2.0
LONGEST_REST: Final = 15.0
"""Seconds between two looks of our own at what has been away for long."""
_SHORTEST_REST: Final = 0.05

BREAKER: Final = Gauge(
    "mesh_breaker_state", "0 closed, 1 half open, 2 open: we leave it alone", ["dependency"]
)
CALLS: Final = Counter(
    "mesh_dependency_calls_total", "Calls to what we depend on", ["dependency", "outcome"]
)
_STATES: Final = {"closed": 0, "half-opened": 1, "opened": 2}

T = TypeVar("T")
log = structlog.get_logger(__name__)


class Resting(Away):
    """A dependency that failed repeatedly is left alone for a while, and was not asked."""


@dataclass(slots=True)
class Budget:
    """How many retries there may be: `share` of the calls, and a few in reserve."""

    share: float = 0.2
    reserve: float = 10.0
    left: float = 10.0

    def called(self) -> None:
        """Earn a part of a retry by a call."""
        self.left = min(self.reserve, self.left + self.share)

    def spend(self) -> bool:
        """Pay for a retry, if there is enough."""
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True, slots=True)
class Effort:
    """What one call may cost."""

    within: float
    """Seconds for one try."""
    tries: int = 1
    first: float = 0.1
    """Seconds before the second try at most; doubled for each further one, with full jitter."""
    longest: float = 2.0


class Policy:
    """One dependency's: closed, open after `failures` in a row, half open after `rest` seconds.

    While it is half open one call at a time tries whether it is well again. An error in `spares`,
    or a problem that is the caller's own fault, shows that the dependency is there: it passes
    through, is not tried again and opens nothing. Calls are repeated, so they must be repeatable.
    """

    def __init__(
        self,
        name: str,
        effort: Effort,
        *,
        failures: int = FAILURES,
        rest: float = REST,
        spares: tuple[type[Exception], ...] = (),
    ) -> None:
        self.name = name
        self.budget = Budget()
        self._effort = effort
        self._rest = max(rest, _SHORTEST_REST)
        self._spares = spares
        self._breakers = AsyncCircuitBreakerFactory(
            failures, rest, exclude=[*spares, (Problem, _is_the_callers)]
        )
        self._state = "closed"
        self._trying = asyncio.Lock()
        self._ill = asyncio.Event()
        self._failed: Callable[[], Awaitable[object]] | None = None
        """The call that failed last, if none was answered since."""
        BREAKER.labels(name).set(0)

    @property
    def state(self) -> str:
        """One of `closed`, `half-opened`, `opened`."""
        return self._state

    async def run(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call, again where that may help, and raise what came last; `Resting` while open."""
        self.budget.called()
        retrying = AsyncRetrying(
            stop=self._enough,
            wait=wait_random_exponential(self._effort.first, self._effort.longest),
            retry=retry_if_exception(self._may_help),
            reraise=True,
        )
        return await retrying(self._once, call)

    async def run_or(self, call: Callable[[], Awaitable[T]], fallback: T) -> T:
        """Call, or answer with the fallback whatever went wrong on their side."""
        try:
            return await self.run(call)
        except self._spares:
            raise
        except Exception as failure:
            if _is_the_callers(failure):
                raise
            # An unknown error's words may be a person's; its kind tells enough.
            reason = failure.detail if isinstance(failure, Away) else type(failure).__name__
            log.warning("fallback", dependency=self.name, reason=reason, breaker=self._state)
            return fallback

    async def heal(self) -> None:
        """While it is left alone, try what failed last, ever less often, so nobody need ask."""
        pause = self._rest
        while True:
            await self._ill.wait()
            await asyncio.sleep(pause)
            if self._failed is not None:
                with contextlib.suppress(Exception):
                    await self._once(self._failed)
            pause = min(LONGEST_REST, 2 * pause) if self._ill.is_set() else self._rest

    async def _once(self, call: Callable[[], Awaitable[T]]) -> T:
        if self._state == "closed":
            return await self._through(call)
        if self._trying.locked():
            raise self._resting()
        async with self._trying:
            return await self._through(call)

    async def _through(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            async with self._judged(), asyncio.timeout(self._effort.within):
                answer = await call()
        except OpenedState:
            raise self._resting() from None
        except Exception as failure:
            if self._may_help(failure):
                self._failed = call
            self._count("failed")
            raise
        self._failed = None
        self._count("answered")
        return answer

    @contextlib.asynccontextmanager
    async def _judged(self) -> AsyncGenerator[None]:
        """Let the breaker learn how a call ends; one that is given up proves nothing either way."""
        breaker = await self._breakers.get_breaker(self.name)
        async with contextlib.AsyncExitStack() as judged:
            judged.callback(lambda: self._see(breaker.context.state))
            await judged.enter_async_context(breaker)
            self._see(breaker.context.state)
            try:
                yield
            except asyncio.CancelledError:
                # purgatory would take it for a success: it would close, or forget failures.
                judged.pop_all()
                raise

    def _enough(self, so_far: RetryCallState) -> bool:
        """Stop after so many tries, or when no more can be paid for."""
        return stop_after_attempt(self._effort.tries)(so_far) or not self.budget.spend()

    def _may_help(self, failure: BaseException) -> bool:
        """Say whether the same call may go well a moment later."""
        if isinstance(failure, (Resting, asyncio.CancelledError, *self._spares)):
            return False
        return not _is_the_callers(failure)

    def _resting(self) -> Resting:
        self._count("resting")
        return Resting(f"{self.name} failed repeatedly and is left alone for a moment")

    def _count(self, outcome: str) -> None:
        CALLS.labels(self.name, outcome).inc()

    def _see(self, state: str) -> None:
        if state == self._state:
            return
        self._state = state
        BREAKER.labels(self.name).set(_STATES[state])
        if state == "closed":
            self._ill.clear()
        else:
            self._ill.set()
        log.warning("breaker", dependency=self.name, state=state)


def _is_the_callers(problem: BaseException) -> bool:
    """Tell a refusal, which a healthy dependency gives, from trouble of its own."""
    return isinstance(problem, Problem) and problem.status < HTTPStatus.INTERNAL_SERVER_ERROR
