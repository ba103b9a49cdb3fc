"""What happens to a process at one of its steps: each thing that it asks of a server is a step."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class Fate(Enum):
    """What happens at a step; `before` means that the server never saw it, `after` that it did."""

    LOST_BEFORE = "the connection is lost before"
    LOST_AFTER = "the connection is lost after"
    DIES_BEFORE = "the process dies before"
    DIES_AFTER = "the process dies after"
    HANGS_BEFORE = "it alone hangs before"
    HANGS_AFTER = "it alone hangs after"
    SLEEPS_BEFORE = "the whole process sleeps before"
    SLEEPS_AFTER = "the whole process sleeps after"
    GOES = "the process is told to go before"
    GOES_LOST = "the process is told to go, and the connection is lost before"


GOES: Final = frozenset({Fate.GOES, Fate.GOES_LOST})
LOST: Final = frozenset({Fate.LOST_BEFORE, Fate.LOST_AFTER, Fate.GOES_LOST})
DIES: Final = frozenset({Fate.DIES_BEFORE, Fate.DIES_AFTER})
HANGS: Final = frozenset({Fate.HANGS_BEFORE, Fate.HANGS_AFTER})
BEFORE: Final = GOES | {Fate.LOST_BEFORE, Fate.DIES_BEFORE, Fate.HANGS_BEFORE, Fate.SLEEPS_BEFORE}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fate at the nth step from now on, of those whose name begins so."""

    at: int
    fate: Fate
    of: str = ""


class Lost(ConnectionError):
    """The connection went, and nobody knows whether what was asked is done."""


@dataclass(slots=True)
class Steps:
    """Counts the steps of one process, and lets its fate happen."""

    die: Callable[[], None]
    go: Callable[[], None]
    """Called when the process is told to go in the middle of its work, as by SIGTERM."""
    dead: bool = False
    troubles: int = 0
    """How often anything went wrong so far; to be told to go is in order."""
    trail: list[str] = field(default_factory=list)
    """What was asked, for whoever reads of a failure."""
    _taken: int = 0
    _healed: bool = False
    _fault: Fault | None = None
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _held: list[asyncio.Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._awake.set()

    def arm(self, fault: Fault | None) -> None:
        """Start counting again, with this ahead."""
        self._taken, self._fault = 0, fault

    def heal(self) -> None:
        """Let nothing happen to it any more, not even what was already on its way."""
        self._healed = True
        self.wake()

    def sleep(self) -> None:
        """Let no step be taken until `wake`."""
        self.troubles += 1
        self._awake.clear()

    def wake(self) -> None:
        """Let everything go on that hangs or sleeps."""
        self._awake.set()
        for one in self._held:
            one.set()
        self._held.clear()

    @property
    def stands(self) -> bool:
        """Whether something hangs or the process sleeps."""
        return bool(self._held) or not self._awake.is_set()

    async def before(self, what: str) -> Fate | None:
        """Come to a step; answers what will happen after it. `Lost` if it never comes to it."""
        await self._awake.wait()
        fate = self._next(what)
        if fate in BEFORE and not self._healed:
            await self._befall(fate)
            return None
        return fate

    async def after(self, fate: Fate | None) -> None:
        """Have done a step; `Lost` if nobody will be told so."""
        if fate is not None:
            await self._befall(fate)
        await self._awake.wait()
        if self.dead:
            raise Lost("dead")

    def _next(self, what: str) -> Fate | None:
        if self.dead:
            raise Lost("dead")
        fate = None
        if self._fault is not None and what.startswith(self._fault.of):
            fate = self._fault.fate if self._fault.at == self._taken else None
            self._taken += 1
        self.trail.append(f"{what}{f' [{fate.value}]' if fate else ''}")
        return fate

    async def _befall(self, fate: Fate | None) -> None:
        if self._healed:
            return
        if fate in GOES:
            self.go()
        if fate is Fate.GOES:
            return
        self.troubles += 1
        if fate in LOST:
            raise Lost("lost")
        if fate in DIES:
            self.die()
            raise Lost("dead")
        if fate in HANGS:
            self._held.append(asyncio.Event())
            await self._held[-1].wait()
        else:
            self._awake.clear()
            await self._awake.wait()
        if self.dead:
            raise Lost("dead")
