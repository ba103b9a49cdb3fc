"""Whether another user can get at a directory, and which directory is in the way if not."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

ELSEWHERE = Path("/var/lib/studymesh")
"""Where data goes that would be out of reach in root's own folders."""


class OutOfReach(PermissionError):
    """The unprivileged user cannot enter a directory; we say which, and leave its mode as it is."""


def barrier(path: Path, user: int) -> Path | None:
    """Find the topmost existing directory on the way to `path` that the user may not pass."""
    return next(iter(barriers(path, user)), None)


def barriers(path: Path, user: int) -> list[Path]:
    """Find every existing directory on the way to `path` that the user may not pass."""
    way = [directory for directory in reversed((path, *path.parents)) if directory.exists()]
    return [directory for directory in way if not _may_pass(directory, user)]


def require_reach(path: Path, user: int) -> None:
    """Refuse to go on where the user cannot reach the data directory, and name the remedies."""
    closed = barriers(path.resolve(), user)
    if closed:
        blocked = " ".join(map(str, closed))
        raise OutOfReach(
            f"PostgreSQL does not run as root, and as the unprivileged user {user} it cannot enter"
            f" {blocked} on the way to its data in {path}. Either let it pass:\n"
            f"    chmod o+x {blocked}\n"
            "or keep the data elsewhere:\n"
            "    MESH_DATA=/var/lib/studymesh make run"
        )


def lead_elsewhere(place: Path, user: int | None, elsewhere: Path = ELSEWHERE) -> Path | None:
    """Link a data directory that is not there yet to one within reach, where it would be out of it.

    Answers where it leads now; None where nothing had to be done, or nothing can be.
    """
    if user is None or os.path.lexists(place) or barrier(place.parent.resolve(), user) is None:
        return None
    with suppress(OSError):
        elsewhere.mkdir(parents=True, exist_ok=True)
        if barrier(elsewhere.resolve(), user) is None:
            found = Path(tempfile.mkdtemp(prefix=f"{place.parent.name}-", dir=elsewhere))
            found.chmod(0o711)
            place.symlink_to(found)
            return found
    return None


def _may_pass(directory: Path, user: int) -> bool:
    status = directory.stat()
    if status.st_uid == user:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == user:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
