"""What must stand on the disk before anything is built on it: an index's name, its last commit."""

import os
from pathlib import Path
from uuid import UUID, uuid4


def identity_of(folder: Path) -> UUID:
    """Read the name an index got when it was made, so that one made again is known to be empty.

    One that has none, or half of one, gets a new name.
    """
    file = folder / "identity"
    try:
        return UUID(file.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        identity = uuid4()
        _write(file, str(identity))
        return identity


def stands(folder: Path, identity: UUID) -> bool:
    """Say whether an index is still there under the name it had when it was opened."""
    try:
        return UUID((folder / "identity").read_text(encoding="ascii")) == identity
    except (FileNotFoundError, ValueError):
        return False


def sync_folder(folder: Path) -> None:
    """Put the names of a folder's files on the disk, which tantivy does only before its last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(file: Path, content: str) -> None:
    draft = file.with_suffix(".draft")
    with draft.open("w", encoding="ascii") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(writing.fileno())
    draft.replace(file)
    sync_folder(file.parent)
