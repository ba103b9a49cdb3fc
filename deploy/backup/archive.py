"""A backup as a directory: files that only we can read, and a manifest that knows each of them."""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.problems import Problem

MANIFEST: Final = "manifest.json"
EDITION: Final = 1
"""Of how a backup is laid out; a higher one was written by a newer studymesh."""

_PIECE: Final = 1024 * 1024
_UNFINISHED: Final = ".part"


class BadBackup(Problem, code="bad-backup", title="This backup cannot be used"):
    """It is damaged, of something else, or of a newer studymesh; nothing was touched."""


class PlaceTaken(Problem, code="place-taken", title="The target already exists"):
    """A backup never overwrites anything."""


class File(BaseModel):
    """What a file must be."""

    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup is, and all that belongs to it."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["studymesh-backup"] = "studymesh-backup"
    edition: int = EDITION
    cut_at: datetime
    """The moment whose state it holds."""
    taken_at: datetime
    """When it was complete."""
    revisions: dict[str, str]
    """By service, the shape of its database."""
    missing: list[str] = []
    """Ids of objects whose bytes could not be found or are not what they were."""
    files: dict[str, File]


@dataclass(slots=True)
class Draft:
    """A backup that is being written, beside its place; until it is sealed it is none."""

    place: Path
    files: dict[str, File] = field(default_factory=dict)

    @classmethod
    def begin(cls, place: Path) -> Self:
        """Make its directory, where nothing is yet; an unfinished one is removed."""
        if place.exists():
            raise PlaceTaken(f"{place} exists; name another directory.")
        draft = cls(place)
        shutil.rmtree(draft.root, ignore_errors=True)
        draft.root.mkdir(mode=0o700, parents=True)
        return draft

    @property
    def root(self) -> Path:
        """Where it grows."""
        return self.place.with_name(self.place.name + _UNFINISHED)

    def path(self, name: str) -> Path:
        """Tell where a file is to be written, and make its folder."""
        path = self.root / name
        for folder in reversed(path.relative_to(self.root).parents):
            (self.root / folder).mkdir(mode=0o700, exist_ok=True)
        return path

    def add(self, name: str) -> File:
        """Take in a file that was written: it is on disk from now on, and known."""
        path = self.root / name
        path.chmod(0o600)
        with path.open("rb") as written:
            os.fsync(written.fileno())
        self.files[name] = _measured(path)
        return self.files[name]

    def add_text(self, name: str, text: str) -> None:
        """Write a small file and take it in."""
        _write(self.path(name), text)
        self.add(name)

    def seal(self, manifest: Manifest) -> None:
        """Write the manifest and move all to its place: it is a backup now."""
        _write(self.path(MANIFEST), manifest.model_dump_json(indent=1))
        self.root.rename(self.place)

    def drop(self) -> None:
        """Leave nothing of it."""
        shutil.rmtree(self.root, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Archive:
    """A whole backup."""

    root: Path
    manifest: Manifest

    @classmethod
    def open(cls, root: Path) -> Self:
        """Read what it says of itself, no more; `BadBackup` where that cannot be."""
        try:
            text = (root / MANIFEST).read_text(encoding="utf-8")
        except OSError as away:
            unfinished = " (it was never finished)" if root.name.endswith(_UNFINISHED) else ""
            raise BadBackup(f"{root} is no backup{unfinished}: no {MANIFEST} there.") from away
        try:
            manifest = Manifest.model_validate_json(text)
        except ValidationError as odd:
            first = odd.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise BadBackup(f"{root / MANIFEST}: {where}: {first['msg']}") from odd
        if manifest.edition > EDITION:
            raise BadBackup(f"{root} was made by a newer studymesh; restore it with that one.")
        return cls(root, manifest)

    def path(self, name: str) -> Path:
        """Tell where one of its files lies."""
        return self.root / name

    def verify(self, tell: Callable[[int, int], None]) -> None:
        """Read every file; `BadBackup` names the first that is missing, changed or too many."""
        wanted = self.manifest.files
        there = {
            str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()
        } - {MANIFEST}
        if strange := sorted(there - wanted.keys()):
            raise BadBackup(f"{self.root / strange[0]} does not belong to this backup.")
        if missing := sorted(wanted.keys() - there):
            raise BadBackup(f"{self.root / missing[0]} is missing.")
        for number, (name, file) in enumerate(wanted.items(), 1):
            if _measured(self.root / name) != file:
                raise BadBackup(f"{self.root / name} is not what was backed up: it is damaged.")
            tell(number, len(wanted))


def _measured(path: Path) -> File:
    digest = hashlib.sha256()
    size = 0
    with path.open("rb") as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return File(size=size, sha256=digest.hexdigest())


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
