"""What every server of ours can do, whoever starts it: the supervisor or a test."""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from deploy.local.logs import last_words
from deploy.local.program import Child, Program

_GLANCE = 0.03


class DidNotStart(RuntimeError):
    """A server ended, or stayed deaf, instead of becoming ready."""


class Server(Protocol):
    """A program that listens on a port and keeps data in a directory."""

    @property
    def name(self) -> str:
        """How it is called in logs and in the status."""
        ...

    @property
    def ports(self) -> Sequence[int]:
        """Where it listens; the first is what clients use."""
        ...

    def prepare(self) -> None:
        """Make its directory and its configuration; may be repeated."""
        ...

    def program(self) -> Program:
        """Say how to run it."""
        ...

    def probe(self, within: float) -> None:
        """Use it by a fresh connection; an `OSError` means that it refuses."""
        ...

    def tidy(self) -> None:
        """Take away what it leaves outside its directory."""
        ...


@contextmanager
def running(server: Server, log: Path, within: float = 60.0) -> Generator[Child]:
    """Run a server for the length of a block, ready when the block begins, gone when it ends."""
    server.prepare()
    child = Child(server.program(), log)
    try:
        until_ready(server, child, log, within)
        yield child
    finally:
        child.stop_now()
        server.tidy()


def until_ready(server: Server, child: Child, log: Path, within: float = 60.0) -> None:
    """Wait until the server answers a fresh connection."""
    deadline = time.monotonic() + within
    while True:
        if child.exit_code is not None:
            raise DidNotStart(f"{server.name} ended with {child.exit_code}: {last_words(log)}")
        try:
            server.probe(2.0)
        except OSError as refused:
            if time.monotonic() > deadline:
                raise DidNotStart(
                    f"{server.name} is not ready after {within} s: {refused}"
                ) from refused
            time.sleep(_GLANCE)
        else:
            return
