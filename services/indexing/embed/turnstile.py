"""Lets a few through at a time, in turn between people: nobody waits for another's whole crowd."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID


class Turnstile:
    """So many `places`; each one that comes free goes to whoever was served least recently."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: dict[UUID, deque[asyncio.Future[None]]] = {}
        """The next to be served first; who was served and still waits goes to the end."""

    @asynccontextmanager
    async def place(self, owner: UUID) -> AsyncGenerator[None]:
        """Hold a place for the length of a block, after everybody's turn before ours."""
        await self._enter(owner)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, owner: UUID) -> None:
        if self._free > 0:
            self._free -= 1
            return
        called = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        """Hand the place to the next who still waits for it."""
        while self._waiting:
            owner = next(iter(self._waiting))
            waiting = self._waiting.pop(owner)
            called = waiting.popleft()
            if waiting:
                self._waiting[owner] = waiting
            if not called.done():
                called.set_result(None)
                return
        self._free += 1
