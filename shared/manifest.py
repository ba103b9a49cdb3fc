"""What a service says, hears, asks and answers, as `contracts/services/<name>.toml` has it."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.messages import BadSubject, Kind, Subject

FOLDER = Path(__file__).resolve().parent.parent / "contracts" / "services"
PUSH = "push"
_NAME = re.compile(r"[a-z][a-z0-9-]*")


class BadManifest(ValueError):
    """A manifest that cannot be read, or that claims what is not its service's to claim."""


class _File(BaseModel):
    """The file as it is written; unknown keys are typing errors."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    summary: str
    says: list[str] = []
    hears: list[str] = []
    asks: list[str] = []
    answers: list[str] = []
    follows: list[str] = []
    buckets: list[str] = []
    caches: list[str] = []
    reads_push: bool = False
    reads_dead: bool = False
    watches: bool = False
    discovers: bool = False
    database: bool = False
    extensions: list[str] = []
    operators: list[str] = []


@dataclass(frozen=True, slots=True)
class Manifest:
    """The part one service has in the conversation."""

    name: str
    summary: str
    says: tuple[Subject, ...]
    hears: tuple[Subject, ...]
    asks: tuple[Subject, ...]
    answers: tuple[Subject, ...]
    follows: tuple[Subject, ...]
    """Events it sees in passing, without a place in the stream."""
    buckets: tuple[str, ...]
    """Key-value buckets of the broker that it may use."""
    pushes: bool
    reads_push: bool
    """Whether it reads what is pushed to people, to show it to them."""
    discovers: bool
    """Whether it may ask who is there (NATS services discovery)."""
    database: bool
    extensions: tuple[str, ...]
    """PostgreSQL extensions that its database needs."""
    operators: tuple[Subject, ...] = ()
    """Requests among its answers that operators may ask from the command line."""
    caches: tuple[str, ...] = ()
    """Buckets of the broker in which it keeps what it could make again; see `shared.cache`."""
    reads_dead: bool = False
    """Whether it hears what nobody could handle, and says it again to whom it concerns."""
    watches: bool = False
    """Whether it looks how full streams are, and how far everybody has come."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read one file; `BadManifest` names it and says what is wrong."""
        try:
            file = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
            manifest = cls(
                name=file.name,
                summary=file.summary,
                says=_subjects([word for word in file.says if word != PUSH]),
                hears=_subjects(file.hears),
                asks=_subjects(file.asks),
                answers=_subjects(file.answers),
                follows=_subjects(file.follows),
                buckets=tuple(file.buckets),
                caches=tuple(file.caches),
                pushes=PUSH in file.says,
                reads_push=file.reads_push,
                discovers=file.discovers,
                database=file.database,
                extensions=tuple(file.extensions),
                operators=_subjects(file.operators),
                reads_dead=file.reads_dead,
                watches=file.watches,
            )
            manifest._check(path.stem)
        except (tomllib.TOMLDecodeError, ValidationError, BadSubject, BadManifest) as wrong:
            raise BadManifest(f"{path.name}: {_first_line(wrong)}") from wrong
        return manifest

    @property
    def durables(self) -> dict[str, Subject]:
        """The names of its places in the streams, and what stands at each."""
        return {subject.durable(self.name): subject for subject in self.hears}

    def _check(self, stem: str) -> None:
        if self.name != stem or not _NAME.fullmatch(self.name):
            raise BadManifest(f"its name must be the file's, {stem!r}, in small letters")
        for verb, subjects, allowed, ours in (
            ("says", self.says, {Kind.EVENT, Kind.COMMAND}, {Kind.EVENT}),
            ("hears", self.hears, {Kind.EVENT, Kind.COMMAND}, {Kind.COMMAND}),
            ("follows", self.follows, {Kind.EVENT}, set[Kind]()),
            ("asks", self.asks, {Kind.REQUEST}, set[Kind]()),
            ("answers", self.answers, {Kind.REQUEST}, {Kind.REQUEST}),
        ):
            self._check_words(verb, subjects, allowed, ours)
        if strange := set(self.operators) - set(self.answers):
            raise BadManifest(
                f"operators may ask only what it answers, not {min(map(str, strange))}"
            )
        if (self.hears or self.says) and not self.database:
            raise BadManifest("who says or hears needs `database = true`, for outbox and inbox")

    def _check_words(
        self, verb: str, subjects: tuple[Subject, ...], allowed: set[Kind], ours: set[Kind]
    ) -> None:
        for subject in subjects:
            if subject.kind not in allowed:
                raise BadManifest(f"{self.name} {verb} {subject}, which is of another kind")
            if subject.kind in ours and subject.owner != self.name:
                raise BadManifest(f"{self.name} {verb} {subject}, which only its owner may")
            if subjects.count(subject) > 1:
                raise BadManifest(f"{self.name} {verb} {subject} twice")


def manifest_of(service: str, folder: Path = FOLDER) -> Manifest:
    """Read the manifest of one service."""
    path = folder / f"{service}.toml"
    if not path.exists():
        raise BadManifest(f"{service} has no manifest; write {path.name} beside the others")
    return Manifest.read(path)


def all_manifests(folder: Path = FOLDER) -> dict[str, Manifest]:
    """Read every manifest, by name."""
    return {path.stem: Manifest.read(path) for path in sorted(folder.glob("*.toml"))}


def _subjects(words: list[str]) -> tuple[Subject, ...]:
    return tuple(Subject.parse(word) for word in words)


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
