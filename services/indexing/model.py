"""What indexing thinks in: texts, passages of them, and the job of making a document searchable."""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID, uuid5

NEWS = 2
"""Percent between two words of progress, so that no document says more than fifty."""


class OutOfDate(Exception):
    """There is newer news about the document: a later reading, a cancellation or its deletion."""


class CannotIndex(Exception):
    """The text cannot be made searchable, and trying again would not help."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Page:
    """A page's number and where its text begins."""

    number: int
    start: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, its depth (1 is the outermost) and where its section begins."""

    level: int
    title: str
    start: int


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a document with its pages and headings; offsets are code points."""

    text: str
    pages: tuple[Page, ...] = ()
    headings: tuple[Heading, ...] = ()

    @property
    def version(self) -> str:
        """Name it by its content."""
        return content_of(self.text)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text that is found and cited: `text[start:end]`, exactly."""

    ordinal: int
    start: int
    end: int
    text: str
    page: int
    path: tuple[str, ...]
    """The headings above it, the outermost first."""

    @property
    def content(self) -> str:
        """The key under which its embedding is kept."""
        return content_of(self.text)

    def id_in(self, document_id: UUID, text_version: str) -> UUID:
        """Name it once and for all: the same document, text and place make the same id."""
        return uuid5(document_id, f"{text_version}:{self.start}:{self.end}")


@dataclass(frozen=True, slots=True)
class Embedding:
    """The meaning of a content: a unit vector as little-endian 32-bit floats."""

    content: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """The passages that were told of last: which reading they are of, under which model."""

    version: int
    object_id: UUID
    passages: int
    text_version: str
    model: str


class Stage(StrEnum):
    """How far the job has come."""

    NEW = "new"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Job:
    """Making one document searchable, over all its readings; after its end, its tombstone."""

    document_id: UUID
    owner_id: UUID
    stage: Stage = Stage.NEW
    version: int = 0
    """The newest reading we heard of."""
    passages: int = 0
    progress: int = 0
    told: int = 0
    """The progress last told."""
    sequence: int = 0
    """How many events we have said about it."""
    objects: tuple[UUID, ...] = ()
    """Passages objects made or begun; they live as long as the document."""
    made: Made | None = None
    """What can be said again; a later reading that fails leaves it."""

    def expecting(self, version: int) -> "Job":
        """Pass if a reading is still wanted: a newer one, or the one that was begun."""
        begun = version == self.version and self.stage in {Stage.NEW, Stage.RUNNING}
        if self.stage is Stage.FORGOTTEN or not (begun or version > self.version):
            raise OutOfDate(f"{self.document_id}: reading {version} after {self}")
        return self

    def started(self, version: int, passages: int) -> "Job":
        """Begin a reading; one that was begun before goes on where it was."""
        if self.expecting(version).version == version:
            return self
        return replace(
            self, stage=Stage.RUNNING, version=version, passages=passages, progress=0, told=0
        )

    def advanced(self, version: int, progress: int) -> "Job":
        """So many percent are embedded; progress never falls."""
        self._running(version)
        return replace(self, progress=max(self.progress, progress))

    @property
    def is_news(self) -> bool:
        """Whether the progress is worth telling."""
        return self.progress // NEWS > self.told // NEWS

    def heard(self) -> "Job":
        """Note that its progress is told."""
        return replace(self, told=self.progress)

    def placed(self, version: int, object_id: UUID) -> "Job":
        """Note an object before there is one, so that it is deleted with the document."""
        self._running(version)
        return self.with_object(object_id)

    def completed(self, made: Made) -> "Job":
        """All its passages are kept."""
        self._running(made.version)
        return replace(self, stage=Stage.COMPLETED, progress=100, told=100, made=made)

    def remade(self, made: Made) -> "Job":
        """The passages told of last stand in another object now, under another model."""
        if self.made is None or self.made.version != made.version:
            raise OutOfDate(f"{self.document_id}: {made} after {self.made}")
        return replace(self, made=made)

    @property
    def superseded(self) -> tuple[UUID, ...]:
        """Objects that nobody needs any more, now that what was made last was told."""
        if self.stage is not Stage.COMPLETED or self.made is None:
            return ()
        return tuple(one for one in self.objects if one != self.made.object_id)

    def with_object(self, object_id: UUID) -> "Job":
        """Note one before there is one."""
        return replace(self, objects=tuple(dict.fromkeys((*self.objects, object_id))))

    def without(self, *objects: UUID) -> "Job":
        """Drop objects that nobody was told of, or needs any more."""
        return replace(self, objects=tuple(one for one in self.objects if one not in objects))

    def failed(self, version: int) -> "Job":
        """Give a reading up."""
        self.expecting(version)
        return replace(self, stage=Stage.FAILED, version=version)

    def cancelled(self, version: int) -> "Job":
        """Stop the reading, or never begin it; its owner's word counts even after its end."""
        is_so = self.stage is Stage.CANCELLED and version == self.version
        if self.stage is Stage.FORGOTTEN or is_so or version < self.version:
            raise OutOfDate(f"{self.document_id}: cancelling reading {version} after {self}")
        return replace(self, stage=Stage.CANCELLED, version=version)

    def forgotten(self) -> "Job":
        """Keep only that it is gone."""
        return replace(self, stage=Stage.FORGOTTEN, objects=(), made=None)

    def spoke(self) -> "Job":
        """Count one more event."""
        return replace(self, sequence=self.sequence + 1)

    def _running(self, version: int) -> None:
        if (self.stage, self.version) != (Stage.RUNNING, version):
            raise OutOfDate(f"{self.document_id}: reading {version} is not under way: {self}")


def content_of(text: str) -> str:
    """Name a text by its content."""
    return hashlib.sha256(text.encode()).hexdigest()
