"""How many uploads are read at once, so that memory stays within bounds whatever comes in."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from shared.problems import Away

_PATIENCE = 60.0


class Slots:
    """Places for uploads. Who waits for one is not read: the network holds the bytes back."""

    def __init__(self, count: int, per_user: int) -> None:
        self._free = count
        self._per_user = per_user
        self._taken: Counter[UUID] = Counter()
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def take(self, user: UUID) -> AsyncGenerator[None]:
        """Hold a place for the length of a block; `Away` if none gets free for a minute."""
        try:
            async with asyncio.timeout(_PATIENCE), self._changed:
                await self._changed.wait_for(lambda: self._has_room(user))
                self._free -= 1
                self._taken[user] += 1
        except TimeoutError as full:
            raise Away("Too many uploads are on their way.", retry_after=10) from full
        try:
            yield
        finally:
            async with self._changed:
                self._free += 1
                self._taken[user] -= 1
                if not self._taken[user]:
                    del self._taken[user]
                self._changed.notify_all()

    def _has_room(self, user: UUID) -> bool:
        return self._free > 0 and self._taken[user] < self._per_user
