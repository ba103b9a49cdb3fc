"""Runs a function in a child process that cannot harm us: killable, limited, without network.

What it guarantees: address space, CPU time, open files and the size of written files are limited by
the kernel (RLIMIT); wall time and the size of the answer by us; it knows none of our environment's
secrets, sees no open file of ours, and is killed when its caller is cancelled or its parent dies.
It has no network at all where the kernel lets us make a network namespace (as root, or with user
namespaces); elsewhere only Python's own sockets are refused (`isolated` tells which), and code that
takes over the process could still open one. It may read the files that we may read, and start
programs if it is allowed to, or if we are root. Answers are bytes: nothing of the child's is
unpickled or evaluated.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from typing import Final

from shared.forkserver import MESSAGE

_CHUNK: Final = 256 * 1024
_READY_SECONDS: Final = 30.0
_GRACE_SECONDS: Final = 2.0

Plain = str | int | float | bool | None


class Ending(Enum):
    """Why a child gave no answer."""

    TIMED_OUT = "timed-out"
    OUT_OF_MEMORY = "out-of-memory"
    TOO_MUCH = "too-much"
    CRASHED = "crashed"
    RAISED = "raised"
    LOST = "lost"
    """Not its own doing: the process that children come from went away."""


class ChildFailed(Exception):
    """A child ended without an answer."""

    def __init__(self, ending: Ending, detail: str = "") -> None:
        super().__init__(f"{ending.value}: {detail}" if detail else ending.value)
        self.ending = ending
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may use."""

    seconds: float
    memory: int
    """Bytes of address space, the interpreter's and its modules' included."""
    answer: int
    """Bytes of the longest answer."""
    file_size: int = 0
    """Bytes of the largest file it may write; by default it writes none."""
    forks: bool = False
    """Whether it may start programs, which then have the same limits."""


class Children:
    """Runs functions in children, which find the modules of `preload` imported already."""

    def __init__(self, preload: Sequence[str] = ()) -> None:
        self.isolated = False
        """Whether children have no network at all; known once started."""
        self._preload = tuple(preload)
        self._starting = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._control: socket.socket | None = None

    async def start(self) -> None:
        """Make ready now, instead of at the first call."""
        await self._ready()

    async def close(self) -> None:
        """End, and every child with it."""
        process, self._process = self._process, None
        if self._control is not None:
            self._control.close()
            self._control = None
        if process is not None and process.returncode is None:
            try:
                await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def run(self, function: str, arguments: Mapping[str, Plain], limits: Limits) -> bytes:
        """Call `module:function` in a child and return its bytes; `ChildFailed` if there are none.

        Cancelled, it kills the child.
        """
        job = {
            "function": function,
            "arguments": dict(arguments),
            "cpu_seconds": int(limits.seconds) + 1,
            "memory": limits.memory,
            "file_size": limits.file_size,
            "forks": limits.forks,
        }
        message = json.dumps(job).encode()
        if len(message) > MESSAGE:
            raise ValueError(f"a job has at most {MESSAGE} bytes; pass a path instead")
        answer, answer_there = socket.socketpair()
        line, line_there = socket.socketpair()
        with closing(answer), closing(line):  # closing the line is what kills
            with closing(answer_there), closing(line_there):
                await self._send(message, [answer_there.fileno(), line_there.fileno()])
            try:
                async with asyncio.timeout(limits.seconds):
                    return await _outcome(answer, line, limits)
            except TimeoutError:
                raise ChildFailed(Ending.TIMED_OUT, f"after {limits.seconds:g} s") from None

    async def _send(self, message: bytes, handles: Sequence[int]) -> None:
        """Hand a job over; the process that children come from may have died, and is made again."""
        for last in (False, True):
            control = await self._ready()
            try:
                socket.send_fds(control, [message], handles)
            except OSError as error:
                if last:
                    raise ChildFailed(Ending.LOST, "no child could be started") from error
                if self._control is control:
                    await self.close()
            else:
                return

    async def _ready(self) -> socket.socket:
        async with self._starting:
            alive = self._process is not None and self._process.returncode is None
            if self._control is None or not alive:
                await self.close()
                self._control = await self._spawn()
            return self._control

    async def _spawn(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with closing(theirs):
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "shared.forkserver",
                str(theirs.fileno()),
                str(os.getpid()),
                *self._preload,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(),
                start_new_session=True,
            )
        ours.setblocking(False)
        try:
            async with asyncio.timeout(_READY_SECONDS):
                hello = await asyncio.get_running_loop().sock_recv(ours, 1024)
        except TimeoutError:
            hello = b""
        if not hello:
            ours.close()
            self._process.kill()
            raise ChildFailed(Ending.LOST, "the process that children come from did not start")
        self.isolated = bool(json.loads(hello)["isolated"])
        return ours


async def _outcome(answer: socket.socket, line: socket.socket, limits: Limits) -> bytes:
    """Read what the child says, then how it ended."""
    said = await _read(answer, limits.answer)
    told = await _read(line, _CHUNK)
    if not told:
        raise ChildFailed(Ending.LOST, "it went away with all others")
    code = int(json.loads(told)["code"])
    if code < 0:
        raise _killed(-code)
    if said.startswith(b"="):
        return said[1:]
    if not said.startswith(b"!"):
        raise ChildFailed(Ending.CRASHED, f"it left with code {code} and without a word")
    confessed = json.loads(said[1:])
    kind, detail = str(confessed["kind"]), str(confessed["detail"])
    if kind == "MemoryError":
        raise ChildFailed(Ending.OUT_OF_MEMORY)
    raise ChildFailed(Ending.RAISED, f"{kind}: {detail}")


async def _read(line: socket.socket, limit: int) -> bytes:
    """Read until the other side closes, but no more than is wanted."""
    line.setblocking(False)
    loop = asyncio.get_running_loop()
    pieces: list[bytes] = []
    size = 0
    while piece := await loop.sock_recv(line, _CHUNK):
        size += len(piece)
        if size > limit + 1:
            raise ChildFailed(Ending.TOO_MUCH, f"it says more than {limit:,} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _killed(number: int) -> ChildFailed:
    """Tell why from the signal; libraries abort when they get no memory."""
    name = signal.Signals(number).name
    if number in {signal.SIGXCPU, signal.SIGALRM}:
        return ChildFailed(Ending.TIMED_OUT, "it used up its time")
    if number in {signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGILL}:
        return ChildFailed(Ending.OUT_OF_MEMORY, f"ended by {name}")
    return ChildFailed(Ending.CRASHED, f"ended by {name}")


def _environment() -> dict[str, str]:
    """Give it what it takes to find our modules, and none of our secrets."""
    return {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",
    }
