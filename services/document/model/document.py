"""One document: what is known of it, and so where it stands.

What happened to a document is kept as facts, and its status follows from them. Facts may come late,
twice or in any order: the end is the same. Facts of an older reading are not facts any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from contracts.document import DocumentStatus as Status
from services.document.model.errors import (
    DocumentFinished,
    DocumentNotFound,
    NothingWaits,
    NotRetryable,
)
from services.document.model.facts import Failure, Text
from services.document.model.labels import filename_of, plain, tags_of, title_after, title_of
from shared.cause import new_id

_MEDIA_TYPE: Final = 100
_STORED: Final = 10
_READ: Final = 40
_INDEXED: Final = 95
_READY: Final = 100

FINISHED: Final = frozenset({Status.READY, Status.FAILED, Status.CANCELLED, Status.QUARANTINED})


@dataclass(frozen=True, slots=True)
class Document:
    """One file of one owner, and the facts about its present reading."""

    id: UUID
    owner_id: UUID
    object_id: UUID
    filename: str
    title: str
    media_type: str
    size: int
    sha256: str
    tags: tuple[str, ...]
    collection_id: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int = 1
    """Which reading; rises with each retry."""
    sequence: int = 0
    """How many events were said of it."""
    stored: bool = False
    cancelled: bool = False
    deleted: bool = False
    failure: Failure | None = None
    text: Text | None = None
    text_objects: tuple[UUID, ...] = field(default=())
    """Every text ever kept of it; somebody may cite an old one until it is deleted."""
    checkpoints: tuple[UUID, ...] = field(default=())
    """Objects that hold what was read of single pages, for whoever reads on."""
    reading: int | None = None
    """Per cent of its pages read; None before it is known."""
    indexing: int | None = None
    """Per cent embedded; None before it began."""
    passages: int | None = None
    """How many are found by a search; None before they are."""

    @classmethod
    def registered(  # noqa: PLR0913  # what a file is announced with
        cls,
        owner_id: UUID,
        object_id: UUID,
        *,
        filename: str,
        title: str | None,
        media_type: str,
        size: int,
        sha256: str,
        tags: Iterable[str],
        collection_id: UUID | None,
        now: datetime,
    ) -> Self:
        """Write down a file that was uploaded; its title is its name where none was given."""
        filename = filename_of(filename)
        return cls(
            id=new_id(),
            owner_id=owner_id,
            object_id=object_id,
            filename=filename,
            title=title_of(title) if title and title.strip() else title_after(filename),
            media_type=plain(media_type)[:_MEDIA_TYPE],
            size=size,
            sha256=sha256,
            tags=tags_of(tags),
            collection_id=collection_id,
            created_at=now,
            updated_at=now,
        )

    @property
    def read(self) -> bool:
        """Whether the present reading gave a text."""
        return self.text is not None and self.text.reading == self.version

    @property
    def status(self) -> Status:
        """Tell where it stands, from the facts alone."""
        if self.cancelled:
            return Status.CANCELLED
        if self.read and self.passages is not None:
            return Status.READY
        if self.failure is not None:
            return Status.QUARANTINED if self.failure.quarantined else Status.FAILED
        if self.read:
            return Status.PROCESSED if self.indexing is None else Status.INDEXING
        return Status.PROCESSING if self.stored else Status.UPLOADED

    @property
    def progress(self) -> int:
        """Per cent of the way; it never falls within a reading."""
        if self.read and self.passages is not None:
            return _READY
        if self.read:
            return _READ + (_INDEXED - _READ) * (self.indexing or 0) // 100
        return _STORED + (_READ - _STORED) * (self.reading or 0) // 100 if self.stored else 0

    @property
    def finished(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.deleted or self.status in FINISHED

    def of(self, actor: UUID | None) -> Self:
        """Return it to its owner; `DocumentNotFound` for others, and once it is deleted."""
        if self.deleted or self.owner_id != actor:
            raise DocumentNotFound
        return self

    def waits_for_reading(self, version: int) -> bool:
        """Whether this reading is the present one and has given no text yet."""
        return not self._past(version) and not self.read

    def checked(self, media_type: str, sha256: str) -> Self:
        """Take note that storage keeps the file; its true type and hash are what storage says."""
        if self.deleted:
            return self
        return replace(self, stored=True, media_type=media_type, sha256=sha256)

    def failed(self, version: int, failure: Failure) -> Self:
        """Take note that this reading came to nothing; the first reason counts."""
        if self._past(version) or self.failure is not None:
            return self
        return replace(self, failure=failure)

    def read_as(self, text: Text) -> Self:
        """Take note of what was read."""
        if self._past(text.reading) or self.read:
            return self
        checkpoints = self.checkpoints if text.troubles else ()
        kept = self.keeping(text.object_id)
        return replace(kept, stored=True, text=text, checkpoints=checkpoints)

    def read_so_far(self, done: int, of: int) -> Self:
        """Take note of how many of its pages are read; the percentage never falls."""
        return replace(self, reading=max(self.reading or 0, 100 * done // max(1, of)))

    def checkpointed(self, object_id: UUID) -> Self:
        """Remember an object that holds pages which were read."""
        return replace(self, checkpoints=tuple(dict.fromkeys((*self.checkpoints, object_id))))

    def keeping(self, text_object_id: UUID) -> Self:
        """Remember an object that holds a text of it, to be deleted with it."""
        kept = tuple(dict.fromkeys((*self.text_objects, text_object_id)))
        return replace(self, text_objects=kept)

    def embedded(self, version: int, per_cent: int) -> Self:
        """Take note of how much is embedded; the percentage never falls."""
        if self._past(version):
            return self
        return replace(self, indexing=max(self.indexing or 0, per_cent))

    def found_by_search(self, version: int, passages: int) -> Self:
        """Take note that a search finds it."""
        if self._past(version) or self.passages is not None:
            return self
        return replace(self, passages=passages)

    def retried(self) -> Self:
        """Begin another reading; a file that was refused is checked once more."""
        troubled = self.text is not None and self.text.troubles
        again = self.status in {Status.FAILED, Status.CANCELLED} or (
            self.status is Status.READY and troubled
        )
        if not again:
            raise NotRetryable(f"it is {self.status}")
        return replace(
            self,
            version=self.version + 1,
            cancelled=False,
            failure=None,
            reading=None,
            indexing=None,
            passages=None,
        )

    def stopped(self) -> Self:
        """Cancel it; `DocumentFinished` if there is nothing left to cancel."""
        if self.finished:
            raise DocumentFinished(f"it is {self.status}")
        return replace(self, cancelled=True)

    def advanced(self) -> Self:
        """Return it unless it is finished, and so waits for nothing (`NothingWaits`)."""
        if self.finished:
            raise NothingWaits(f"it is {self.status}")
        return self

    def edited(self, title: str | None, tags: Iterable[str] | None) -> Self:
        """Change what is given, keep what is None."""
        return replace(
            self,
            title=self.title if title is None else title_of(title),
            tags=self.tags if tags is None else tags_of(tags),
        )

    def put_into(self, collection_id: UUID | None) -> Self:
        """Be in this collection and no other, or in none."""
        return replace(self, collection_id=collection_id)

    def forgotten(self) -> Self:
        """Leave a tombstone: who owned which id, and not one word more."""
        return replace(
            self,
            deleted=True,
            stored=False,
            cancelled=False,
            indexing=None,
            passages=None,
            size=0,
            sha256="",
            media_type="",
            filename="",
            title="",
            tags=(),
            collection_id=None,
            failure=None,
            text=None,
            text_objects=(),
            checkpoints=(),
            reading=None,
        )

    def moved_to(self, sequence: int, now: datetime) -> Self:
        """Take note of how many events were said, and when the last was."""
        return replace(self, sequence=sequence, updated_at=now)

    def _past(self, version: int) -> bool:
        """Whether facts of that reading no longer count: another one began, or none is wanted."""
        return self.deleted or self.cancelled or version != self.version
