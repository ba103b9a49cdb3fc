"""Keeps a second replica away from the embedded text index, and says why."""

import fcntl
import os
from pathlib import Path
from typing import Self


class IndexTaken(Exception):
    """Another process holds the text index; the message says who and what to do."""


class Lock:
    """Held from open to close; the kernel lets go of it when the process dies, however it dies."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def take(cls, folder: Path) -> Self:
        """Become the one process that uses the index in this folder, or raise `IndexTaken`."""
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            raise IndexTaken(
                f"the text index in {folder} is in use by process {holder}: the embedded text"
                " index allows one replica of search; stop the other one, or give this one its"
                " own data_dir"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        return cls(handle)

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._handle)
