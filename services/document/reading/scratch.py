"""Directories for files that are being read; those of killed processes the next one removes."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

_LOCK: Final = "lock"


class Scratch:
    """A directory of this process alone, below one that several may share."""

    def __init__(self, own: Path, lock: int) -> None:
        self._own = own
        self._lock = lock

    @classmethod
    def open(cls, place: Path) -> Self:
        """Make it, and remove those whose processes are gone: nobody holds their locks."""
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        everybody = _locked(place / _LOCK, wait=True)
        try:
            for other in place.iterdir():
                if other.is_dir() and _abandoned(other):
                    shutil.rmtree(other)
            own = Path(tempfile.mkdtemp(dir=place))
            lock = _locked(own / _LOCK, wait=True)
        finally:
            os.close(everybody)
        return cls(own, lock)

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self._own)
        os.close(self._lock)

    @contextmanager
    def file(self) -> Iterator[Path]:
        """Give a path to write to, and leave nothing there afterwards."""
        path = Path(tempfile.mkdtemp(dir=self._own)) / "file"
        try:
            yield path
        finally:
            shutil.rmtree(path.parent)


def _abandoned(other: Path) -> bool:
    try:
        os.close(_locked(other / _LOCK, wait=False))
    except BlockingIOError:
        return False
    return True


def _locked(path: Path, *, wait: bool) -> int:
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle
