"""How every process is: told by the supervisor in a file, read by whoever asks."""

import asyncio
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """Where a process is in its life."""

    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting to start again"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Status:
    """One process."""

    name: str
    state: State = State.STOPPED
    pid: int | None = None
    port: int | None = None
    restarts: int = 0
    detail: str = ""


class Board:
    """The supervisor's view of all processes, written down at every change."""

    def __init__(self, path: Path, address: str) -> None:
        """Begin with nothing."""
        self._path = path
        self._address = address
        self._all: dict[str, Status] = {}
        self._settled = False
        self._lost = asyncio.Event()

    def enter(self, status: Status) -> None:
        """Add a process."""
        self._all[status.name] = status
        self._write()

    def change(self, name: str, **changes: object) -> None:
        """Note what is different now."""
        before = self._all[name]
        after = replace(before, **changes)  # type: ignore[arg-type]  # the fields of Status
        if after != before:
            self._all[name] = after
            self._write()
            if before.state is State.READY and after.state is not State.READY:
                self._lost.set()
                self._lost = asyncio.Event()

    @property
    def loss(self) -> asyncio.Event:
        """Give what is set as soon as a process that is ready now is not any more."""
        return self._lost

    def settle(self) -> None:
        """Note that every process there is to be has been entered."""
        self._settled = True
        self._write()

    def __getitem__(self, name: str) -> Status:
        return self._all[name]

    @property
    def all_ready(self) -> bool:
        """Whether everything that was entered is ready."""
        return self._settled and all(one.state is State.READY for one in self._all.values())

    def _write(self) -> None:
        told = {
            "pid": os.getpid(),
            "address": self._address,
            "ready": self.all_ready,
            "processes": [asdict(one) for one in self._all.values()],
        }
        fresh = self._path.with_suffix(".new")
        with suppress(OSError):  # a full disk must not take the supervisor with it
            fresh.write_text(json.dumps(told))
            fresh.rename(self._path)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the file says."""

    address: str
    ready: bool
    processes: tuple[Status, ...]


def read(path: Path, pid: int) -> Seen | None:
    """Read what the supervisor of that process id told; none while it has not said anything."""
    try:
        told: Mapping[str, object] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    if told["pid"] != pid:
        return None
    processes = told["processes"]
    assert isinstance(processes, list)  # noqa: S101  # we wrote it
    return Seen(
        address=str(told["address"]),
        ready=bool(told["ready"]),
        processes=tuple(Status(**(one | {"state": State(one["state"])})) for one in processes),
    )
