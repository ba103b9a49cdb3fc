"""How many uploads are read at once, so that memory stays within bounds whatever comes in."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from shared.problems import Away

_PATIENCE = 60.0


class Slots:
    """Places for uploads. Who waits for one is not read: the network holds the bytes back."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def take(self) -> AsyncGenerator[None]:
        """Hold a place for the length of a block; `Away` if none gets free for a minute."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._free.acquire()
        except TimeoutError as full:
            raise Away("Too many uploads are on their way.", retry_after=10) from full
        try:
            yield
        finally:
            self._free.release()
