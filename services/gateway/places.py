"""Places: how many files are on their way at once, shared fairly, whoever is slow on purpose.

An upload holds memory and a download a connection to the object store, so there are only so many.
Who drips bytes, or does not take them, would hold them for hours: such a one gives way as soon as
somebody waits who holds fewer. Until then nobody is hurried.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from http import HTTPStatus
from time import monotonic
from typing import Final, TypeVar

from services.gateway.pace import Pace, Tempo, TooSlow
from shared.problems import Away, Problem

T = TypeVar("T")

_RESERVED: Final = 4
"""One place in so many is only for who holds none: newcomers find one though the rest are taken."""
_ASK_AGAIN: Final = 10


class GaveWay(
    Problem,
    code="gave-way",
    status=HTTPStatus.REQUEST_TIMEOUT,
    title="This was too slow to keep its place while others waited",
):
    """Slower than anybody may be while others wait; `least_bytes_per_second` says how slow."""


class Place:
    """One file's place: waited for, then held, and given up if it must be."""

    def __init__(self, holder: Hashable, tempo: Tempo, clock: Callable[[], float]) -> None:
        self.holder = holder
        self.gives_way = False
        self.held = asyncio.Event()
        self._clock = clock
        self._pace = Pace(tempo)
        self._waiting: asyncio.Timeout | None = None

    async def wait_for(self, them: Awaitable[T], silence: float) -> T:
        """Wait for the other side; `TooSlow` when it is silent, `GaveWay` when others need this."""
        self._pace.wait(self._clock())
        try:
            async with asyncio.timeout(0 if self.gives_way else silence) as self._waiting:
                return await them
        except TimeoutError as silent:
            raise (
                self._told() if self.gives_way else TooSlow(f"Nothing came for {silence:g} s.")
            ) from silent
        finally:
            self._waiting = None
            self._pace.go_on(self._clock())

    def moved(self, size: int) -> None:
        """Count bytes that came or went."""
        self._pace.moved(size)

    def left(self) -> float:
        """Seconds that the other side has in hand."""
        return self._pace.left(self._clock())

    def give_way(self) -> None:
        """Be given up: at once if we wait for the other side, else when we next do."""
        self.gives_way = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    def _told(self) -> GaveWay:
        least = self._pace.tempo.bytes_per_second
        return GaveWay(
            f"Others waited, and less than {least:g} bytes came in a second; try again later.",
            least_bytes_per_second=least,
            retry_after=_ASK_AGAIN,
        )


class Places:
    """So many places. A free one goes to who holds the fewest, then to who has waited longest."""

    def __init__(
        self,
        count: int,
        per_holder: int,
        tempo: Tempo | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._count = count
        self._per_holder = per_holder
        self._tempo = tempo or Tempo()
        self._clock = clock
        self._held: list[Place] = []
        self._waiting: list[Place] = []
        self._looking: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def take(self, holder: Hashable) -> AsyncGenerator[Place]:
        """Hold a place for the length of a block; `Away` if none gets free for a minute."""
        place = Place(holder, self._tempo, self._clock)
        self._waiting.append(place)
        try:
            self.settle()
            try:
                async with asyncio.timeout(self._tempo.patience):
                    await place.held.wait()
            except TimeoutError as full:
                raise Away("Too many files are on their way.", retry_after=_ASK_AGAIN) from full
            yield place
        finally:
            (self._held if place in self._held else self._waiting).remove(place)
            self.settle()

    @property
    def free(self) -> int:
        """How many nobody holds."""
        return self._count - len(self._held)

    def settle(self) -> None:
        """Give out what is free; where somebody still waits, see who has to give way."""
        while (place := self._next(self.free)) is not None:
            self._waiting.remove(place)
            self._held.append(place)
            place.held.set()
        self._make_room()
        if self._waiting and self._looking is None:
            loop = asyncio.get_running_loop()
            self._looking = loop.call_later(self._tempo.look, self._look)

    def _look(self) -> None:
        self._looking = None
        self.settle()

    def _next(self, free: int) -> Place | None:
        """Find who gets a place if so many are free; the list is in the order of their coming."""
        holds = self._holds()

        def may(place: Place) -> bool:
            already = holds[place.holder]
            kept = self._count // _RESERVED if already else 0
            return already < self._per_holder and free > kept

        waiting = [place for place in self._waiting if may(place)]
        return min(waiting, key=lambda place: holds[place.holder], default=None)

    def _make_room(self) -> None:
        """Have the slowest of who holds most give way to who holds fewer, one at a time."""
        waiting = self._next(self._count)
        if waiting is None or any(place.gives_way for place in self._held):
            return
        holds = self._holds()
        slow = [
            place
            for place in self._held
            if place.left() < 0 and holds[place.holder] > holds[waiting.holder]
        ]
        if slow:
            max(slow, key=lambda place: (holds[place.holder], -place.left())).give_way()

    def _holds(self) -> Counter[Hashable]:
        return Counter(place.holder for place in self._held)
