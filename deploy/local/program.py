"""One process of ours: how it is started and asked to stop, and that it never outlives us."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

UNPRIVILEGED = 65534
"""`nobody`: who runs what refuses to run as root."""

_PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_GLANCE = 0.1


def unprivileged() -> int | None:
    """Say as whom to run what refuses root: nobody if we are root, ourselves otherwise."""
    return UNPRIVILEGED if os.geteuid() == 0 else None


def plain_environment() -> dict[str, str]:
    """Give what any program needs and nothing secret: our own environment is not passed on."""
    names = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
    return {name: os.environ[name] for name in names if name in os.environ}


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, as whom, and how it likes to be stopped."""

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=plain_environment)
    user: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within: float = 10.0
    orphan_signal: signal.Signals = signal.SIGKILL
    """What it gets when we die, even by `kill -9`."""


class Child:
    """A started program."""

    def __init__(self, program: Program, log: Path) -> None:
        """Start it in a session of its own, so a Ctrl-C is ours to pass on, in order."""
        self.program = program
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                program.command,
                cwd=program.directory,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=program.user,
                group=program.user,
                extra_groups=None if program.user is None else [],
                start_new_session=True,
                preexec_fn=_die_with_parent(program.orphan_signal),  # noqa: PLW1509  # one prctl
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; none while it runs."""
        return self._process.poll()

    async def until_ended(self) -> int:
        """Wait for the end and tell the exit code."""
        if self._process.poll() is None:
            await _until_gone(self.pid)
        while (code := self._process.poll()) is None:  # noqa: ASYNC110  # nobody told us
            await asyncio.sleep(_GLANCE)
        return code

    async def stop(self, within: float | None = None) -> None:
        """Ask it to stop, insist after its time is over, and leave nothing of its session."""
        self._send(self.program.stop_signal)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.until_ended(), within or self.program.stop_within)
        self.kill()
        await self.until_ended()

    def stop_now(self) -> None:
        """Do the same without an event loop, for tests and command lines."""
        self._send(self.program.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(self.program.stop_within)
        self.kill()
        self._process.wait()

    def kill(self) -> None:
        """End it and whatever it started, without a question."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)


async def _until_gone(pid: int) -> None:
    """Wait until the kernel says that a child has ended; return at once where it tells nobody."""
    tell = getattr(os, "pidfd_open", None)  # Linux alone has it, and not every Python there
    if tell is None:
        return
    try:
        watched = tell(pid)
    except OSError:
        return
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(watched, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(watched)
        os.close(watched)


def _die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Make the kernel send the child a signal when we die; it runs between fork and exec."""
    parent = os.getpid()

    def arrange() -> None:
        if LIBC is None:
            return
        LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange
