"""Keeps one process running for ever: started again whatever its exit code, and when it is deaf."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy.local.logs import last_words
from deploy.local.program import Child, Program
from deploy.local.status import Board, State, Status

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 5.0
STEADY: Final = 20.0
"""A process that ran so long had recovered; its next pause is a short one again."""
DEAF: Final = 5.0
"""How long a server that was ready may refuse before it is stopped and started."""
NODE_DEAF: Final = 60.0
"""The same of one node of three: the others go on without it, and what a start costs them (it has
to catch up, and choose leaders again) makes the next one deaf on a machine that is just busy."""
STARTING: Final = 120.0
"""How long a server may take to become ready: a database replays its log after a crash."""
_EAGERLY: Final = 0.2
_LAST_CHANCE: Final = 3.0
"""Seconds to end in order for one that answers nothing any more."""

Probe = Callable[[], Awaitable[None]]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Watched:
    """A program, how to ask whether it is ready, and how often."""

    program: Callable[[], Program]
    """Made again for every start, after whatever it needs to have prepared."""
    probe: Probe
    name: str
    log: Path
    port: int
    every: float = 1.0
    """Seconds between two probes once it is ready; before, it is asked more often.

    Only silence is found that way: of an end the kernel tells at once.
    """
    deaf: float | None = None
    """Stopped and started after refusing so long; none is only reported."""
    starting: float | None = None
    """Stopped and started when it has not become ready for so long."""


@dataclass
class Keeper:
    """Runs one program, again and again, until it is cancelled; then stops it politely."""

    watched: Watched
    board: Board
    tell: Tell
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it has been ready for the first time."""
    _child: Child | None = None

    def __post_init__(self) -> None:
        """Put it on the board before anybody asks whether all are ready."""
        self.board.enter(Status(self.watched.name, port=self.watched.port))

    async def keep(self) -> None:
        """Start it, and start it again, for ever."""
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            reason = await self._run_once()
            if time.monotonic() - began > STEADY:
                pause = FIRST_PAUSE
            self._say_ended(reason, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def stop(self) -> None:
        """Stop it, with whatever it started; only after `keep` was cancelled."""
        if self._child is not None:
            await self._child.stop()
        self.board.change(self.watched.name, state=State.STOPPED, pid=None)

    def kill(self) -> None:
        """End it without a question."""
        if self._child is not None:
            self._child.kill()

    async def _run_once(self) -> str:
        """Run it until it ends or is deaf; tell how that went."""
        try:
            self._child = child = Child(self.watched.program(), self.watched.log)
        except (OSError, RuntimeError) as failed:
            return f"cannot be started: {failed}"
        self.board.change(self.watched.name, state=State.STARTING, pid=child.pid, detail="")
        ended = asyncio.ensure_future(child.until_ended())
        deaf = asyncio.ensure_future(self._until_deaf())
        try:
            await asyncio.wait({ended, deaf}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            deaf.cancel()
            ended.cancel()
        if not ended.done() or ended.cancelled():
            await child.stop(_LAST_CHANCE)
            return f"refused for too long ({deaf.result()}) and was stopped"
        child.kill()
        return f"ended with {ended.result()}"

    async def _until_deaf(self) -> str:
        """Probe it; return when it was deaf for longer than it may be."""
        heard = time.monotonic()
        patience = self.watched.starting
        while True:
            loss = self.board.loss
            try:
                await self.watched.probe()
            except OSError as refused:
                self._note_refusal(str(refused))
                if patience is not None and time.monotonic() - heard > patience:
                    return str(refused)
            else:
                self._note_ready()
                heard = time.monotonic()
                patience = self.watched.deaf
            await self._rest(loss)

    async def _rest(self, loss: asyncio.Event) -> None:
        """Wait for the next probe; it comes at once when another is lost, which this may need."""
        if not self._is_ready:
            await asyncio.sleep(_EAGERLY)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self.watched.every):
                await loss.wait()

    @property
    def _is_ready(self) -> bool:
        return self.board[self.watched.name].state is State.READY

    def _note_ready(self) -> None:
        if not self._is_ready:
            self.tell(f"{self.watched.name} is ready")
        self.board.change(self.watched.name, state=State.READY, detail="")
        self.ready.set()

    def _note_refusal(self, reason: str) -> None:
        if self._is_ready:
            self.tell(f"{self.watched.name} is not ready: {reason}")
        self.board.change(self.watched.name, state=State.STARTING, detail=reason)

    def _say_ended(self, reason: str, pause: float) -> None:
        self.board.change(
            self.watched.name,
            state=State.WAITING,
            pid=None,
            restarts=self.board[self.watched.name].restarts + 1,
            detail=reason,
        )
        words = last_words(self.watched.log)
        self.tell(
            f"{self.watched.name} {reason}; starting it again in {pause:g} s. It said: {words}"
        )
