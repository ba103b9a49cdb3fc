"""Time that passes only when it is told to: a loop whose clock jumps from timer to timer."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Final

GRACE: Final = 0.001
"""Real seconds in which what was sent over loopback may still arrive."""
LONG: Final = 0.01
"""Real seconds between two looks at a server that has not answered."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never waits for its timers, but knows when nothing is left to do before one."""

    def __init__(self, is_asked: Callable[[], bool], is_stuck: Callable[[], bool]) -> None:
        """Ask whether a server was asked anything, and whether it waits for somebody else."""
        self._is_asked = is_asked
        self._is_stuck = is_stuck
        self._now = 0.0
        self._until = 0.0
        self._asks: asyncio.Future[None] | None = None
        super().__init__(_Selector(self))
        self._clock_resolution = 0.001  # after days, floats know no nanoseconds any more

    def time(self) -> float:
        """Tell virtual seconds."""
        return self._now

    async def quiet(self) -> None:
        """Let everything happen that can without time passing."""
        await self.pass_time(0.0)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and happen what happens in it; somebody who never rests is an error."""
        self._until = self._now + seconds
        self._asks = self.create_future()
        await self._asks

    def rest(self, until_next: float | None, poll: Callable[[float], bool]) -> None:
        """See what is to be done when nothing is ready: wait for an answer, or move on in time."""
        if self._asks is None:
            poll(LONG)
        elif self._is_asked():
            if not poll(LONG) and self._is_stuck():
                self._move(until_next)
        elif not poll(GRACE):
            self._move(until_next)

    def _move(self, until_next: float | None) -> None:
        if until_next is not None and self._now + until_next <= self._until:
            self._now += until_next
        elif self._asks is not None:
            self._now = self._until
            self._asks.set_result(None)
            self._asks = None


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop
        self._found: list[tuple[selectors.SelectorKey, int]] = []

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if found or timeout == 0:
            return found
        self._found = []
        self._loop.rest(timeout, self._poll)
        return self._found

    def _poll(self, seconds: float) -> bool:
        self._found = super().select(seconds)
        return bool(self._found)
