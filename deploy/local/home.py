"""The data directory: what lies where in it, and whether it can be used at all."""

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NEEDED = 1024 * 1024 * 1024
"""Bytes that must be free at a start: the servers' own files, and some room to work."""

ASIDE = "replaced"
"""Where a restore puts what it replaces, until it has succeeded."""
GONE = "replaced-for-good"
"""What that is called when it has."""

_OURS = ("logs", "nats", "objects", "postgres", "run", "secrets", "services", ASIDE, GONE)


class NoRoom(OSError):
    """The disk is full, or nearly."""


class NotOurs(PermissionError):
    """The data directory belongs to somebody else."""


class AlreadyRunning(RuntimeError):
    """Another supervisor holds this data directory."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder named by `MESH_DATA`, `.data` by default."""

    root: Path

    @property
    def nats(self) -> Path:
        """What the broker keeps."""
        return self.root / "nats"

    @property
    def postgres(self) -> Path:
        """What the database keeps."""
        return self.root / "postgres"

    @property
    def objects(self) -> Path:
        """What the object store keeps."""
        return self.root / "objects"

    @property
    def services(self) -> Path:
        """What services keep in files of their own."""
        return self.root / "services"

    @property
    def model(self) -> Path:
        """The embedding model; a reset leaves it, it is the same for everybody."""
        return self.root / "model"

    @property
    def secrets(self) -> Path:
        """Passwords, made at the first start."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """What every process says."""
        return self.root / "logs"

    @property
    def status(self) -> Path:
        """How every process is, as the supervisor sees it."""
        return self.root / "run" / "status.json"

    def make(self) -> None:
        """Make the folders that are missing. PostgreSQL's unprivileged user may pass the root."""
        try:
            if not self.root.exists():
                self.root.mkdir(parents=True)
                self.root.chmod(0o711)
            for folder in (self.secrets, self.logs, self.services, self.status.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
        except PermissionError as denied:
            raise NotOurs(
                f"{denied.filename} cannot be written by user {os.geteuid()}: start as its owner,"
                " or keep the data elsewhere with MESH_DATA=<directory>"
            ) from denied
        self.require_room()

    def require_room(self, needed: int = NEEDED) -> None:
        """Refuse to start on a full disk, and say how full."""
        free = shutil.disk_usage(self.root).free
        if free < needed:
            raise NoRoom(
                f"Only {free // 2**20} MB are free for {self.root}, and {needed // 2**20} MB are"
                " needed: make room, or keep the data elsewhere with MESH_DATA=<directory>"
            )

    def log(self, name: str) -> Path:
        """Where a process's words go."""
        return self.logs / f"{name}.log"

    def holder(self) -> int | None:
        """Tell the process id of the supervisor that runs here, if one does."""
        try:
            with self._lock_file.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self._lock_file.read_text() or 0) or None
        return None

    @contextmanager
    def held(self) -> Generator[None]:
        """Be the only supervisor here; the kernel lets go of the lock however we end."""
        with self._lock_file.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(
                    f"The mesh in {self.root} is already running; `make down` stops it"
                ) from None
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            yield

    def forget(self) -> None:
        """Remove everything that was ever kept here, and nothing that is not ours."""
        for name in _OURS:
            shutil.rmtree(self.root / name, ignore_errors=True)

    @property
    def _lock_file(self) -> Path:
        return self.root / "run" / "lock"
