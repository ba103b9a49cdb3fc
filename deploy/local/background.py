"""The mesh in the background: brought up, looked at and brought down from another terminal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from deploy.local import status
from deploy.local.home import Home
from deploy.local.logs import last_words
from deploy.local.service import ROOT
from deploy.local.status import Seen, State

STOPPED_WITHIN = 90.0
_GLANCE = 0.2
_NOT_READY = 3

Tell = Callable[[str], None]


class NotReady(RuntimeError):
    """The mesh did not come up in time, or not at all."""


class DidNotStop(RuntimeError):
    """The supervisor is still there."""


def bring_up(home: Home, within: float, tell: Tell) -> int:
    """Start the supervisor as a process of its own, and return when everything is ready."""
    home.make()
    log = home.log("supervisor")
    log.touch()  # it has none yet where `make run` started the mesh
    said = log.stat().st_size
    started = None if home.holder() else _start(home)
    deadline = time.monotonic() + within
    while True:
        said = _pass_on(home, said, tell)
        seen = _seen(home)
        if seen is not None and seen.ready:
            tell(f"The mesh is ready at {seen.address}")
            return 0
        if started is not None and started.poll() is not None:
            _pass_on(home, said, tell)
            raise NotReady(last_words(log, 1))
        if time.monotonic() > deadline:
            raise NotReady(f"Not ready after {within:g} s: {_missing(seen)}; see `make logs`.")
        time.sleep(_GLANCE)


def bring_down(home: Home, tell: Tell) -> int:
    """Ask the supervisor to stop everything, and wait until it has."""
    if (pid := home.holder()) is None:
        tell("The mesh is not running.")
        return 0
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOPPED_WITHIN
    while home.holder() is not None:
        if time.monotonic() > deadline:
            raise DidNotStop(
                f"The supervisor (process {pid}) did not stop; kill -9 {pid} ends all."
            )
        time.sleep(_GLANCE)
    tell("The mesh is stopped; its data stays.")
    return 0


def show(home: Home, tell: Tell) -> int:
    """List every process."""
    seen = _seen(home)
    if seen is None:
        tell("The mesh is not running.")
        return _NOT_READY
    tell(f"{'process':<14}{'state':<24}{'pid':>8}{'port':>7}{'restarts':>10}  ")
    for one in seen.processes:
        tell(
            f"{one.name:<14}{one.state:<24}{one.pid or '-':>8}{one.port or '-':>7}"
            f"{one.restarts:>10}  {one.detail[:100]}"
        )
    tell(f"{'Ready' if seen.ready else 'Not ready'} at {seen.address}")
    return 0 if seen.ready else _NOT_READY


def _start(home: Home) -> "subprocess.Popen[bytes]":
    with home.log("supervisor").open("ab") as output:
        return subprocess.Popen(
            (sys.executable, "-m", "deploy.local", "run"),
            cwd=ROOT,
            env=os.environ | {"MESH_DATA": str(home.root)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _seen(home: Home) -> Seen | None:
    pid = home.holder()
    return status.read(home.status, pid) if pid else None


def _missing(seen: Seen | None) -> str:
    if seen is None:
        return "the supervisor has not said anything"
    return ", ".join(
        f"{one.name} ({one.detail or one.state})"
        for one in seen.processes
        if one.state is not State.READY
    )


def _pass_on(home: Home, said: int, tell: Tell) -> int:
    """Show what the supervisor said since."""
    log = home.log("supervisor")
    with log.open("rb") as file:
        file.seek(said)
        for line in file:
            tell(line.decode(errors="replace").rstrip())
        return file.tell()
