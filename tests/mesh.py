"""A whole mesh of one's own: started as `make run` does it, looked at and mistreated by tests."""

import os
import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local import status
from deploy.local.home import Home
from deploy.local.logs import last_words
from deploy.local.ports import free_block
from deploy.local.program import Child, Program, plain_environment
from deploy.local.service import ROOT
from deploy.local.status import Seen, State, Status

Command = Callable[[Path, int], tuple[str, ...]]
"""What to run instead of `make run`, in a directory, from a port on."""

_GLANCE = 0.1


class NeverCame(AssertionError):
    """What a test waited for did not happen in time."""


def until(holds: Callable[[], bool], what: Callable[[], str], within: float) -> None:
    """Wait for a condition outside any event loop."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise NeverCame(f"not within {within:g} s: {what()}")
        time.sleep(_GLANCE)


@dataclass
class RunningMesh:
    """A mesh on its own ports and in its own directory."""

    home: Home
    base: int
    supervisor: Child

    @property
    def address(self) -> str:
        """Where people find it."""
        return f"http://127.0.0.1:{self.base}"

    def seen(self) -> Seen | None:
        """Tell how its processes are; none before the supervisor said anything."""
        return status.read(self.home.status, self.supervisor.pid)

    def process(self, name: str) -> Status:
        """Tell how one process is."""
        seen = self.seen()
        assert seen is not None
        return next(one for one in seen.processes if one.name == name)

    def names(self) -> list[str]:
        """List its processes: three servers, then the services."""
        seen = self.seen()
        return [one.name for one in seen.processes] if seen else []

    def kill(self, name: str) -> None:
        """End one process as `kill -9` does."""
        pid = self.process(name).pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def wait_until_ready(self, within: float = 100.0) -> None:
        """Wait until every process of it is ready."""
        until(self._ready_or_over, self._complaint, within)

    def wait_until_back(self, name: str, before: Status, within: float = 60.0) -> None:
        """Wait until a process that was killed is ready again, as another process."""
        until(lambda: self.is_back(name, before), self._complaint, within)

    def is_back(self, name: str, before: Status) -> bool:
        """See whether a process that was killed is ready again, as another process."""
        now = self.process(name)
        return now.state is State.READY and now.pid != before.pid

    def _ready_or_over(self) -> bool:
        if self.supervisor.exit_code is not None:
            raise NeverCame(f"the supervisor ended: {last_words(self._log, 5)}")
        seen = self.seen()
        return seen is not None and seen.ready

    def _complaint(self) -> str:
        seen = self.seen()
        late = [one for one in seen.processes if one.state is not State.READY] if seen else []
        return f"all are ready; late are {late}; see {self.home.logs}"

    @property
    def _log(self) -> Path:
        return self.home.log("supervisor")


@contextmanager
def running_mesh(directory: Path, **told: str) -> Generator[RunningMesh]:
    """Run a mesh for the length of a block, ready when the block begins.

    `told` are settings of all its services, as `otlp_endpoint`.
    """
    with started_mesh(directory, free_block(), None, **told) as mesh:
        mesh.wait_until_ready()
        yield mesh


@contextmanager
def started_mesh(
    directory: Path, base: int, command: Command | None = None, **told: str
) -> Generator[RunningMesh]:
    """Start a mesh, and see that it goes when the block ends."""
    home = Home(directory / "data")
    home.make()
    program = supervisor(home, base, **told)
    if command is not None:
        program = replace(program, command=command(home.root, base))
    mesh = RunningMesh(home, base, Child(program, home.log("supervisor")))
    try:
        yield mesh
    finally:
        mesh.supervisor.stop_now()


def supervisor(home: Home, base: int, command: str = "run", **told: str) -> Program:
    """Say how `make run` (or another command) is run on other ports and data, and told more."""
    return Program(
        name="supervisor",
        command=(sys.executable, "-m", "deploy.local", command),
        directory=ROOT,
        environment=plain_environment()
        | {"MESH_DATA": str(home.root), "MESH_PORT_BASE": str(base)}
        | {f"MESH_{name.upper()}": value for name, value in told.items()},
        stop_within=120.0,
    )
