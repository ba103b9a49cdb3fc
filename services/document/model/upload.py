"""A file that its owner announced and sends directly: what is known until it is a document."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Self
from uuid import UUID

from services.document.model.keys import LIFE
from services.document.model.labels import filename_of, plain, tags_of, title_of
from shared.cause import new_id
from shared.problems import NotFound, Problem


class UploadNotFound(NotFound, code="upload-not-found", title="There is no such upload"):
    """It does not exist, is not the caller's, was aborted, or expired."""

    def __init__(
        self, detail: str = "None of your uploads has this id (any more); begin a new one."
    ) -> None:
        super().__init__(detail)


class UploadCompleted(
    Problem,
    code="upload-completed",
    status=HTTPStatus.CONFLICT,
    title="The upload is complete",
):
    """It made a document; there is nothing to send or to abort any more."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One announced file of one owner."""

    id: UUID
    owner_id: UUID
    filename: str
    media_type: str
    size: int
    sha256: str
    title: str | None
    tags: tuple[str, ...]
    collection_id: UUID | None
    expires_at: datetime
    key: str | None = None
    fingerprint: str | None = None
    object_id: UUID | None = None
    part_size: int | None = None
    document_id: UUID | None = None

    @classmethod
    def announced(  # noqa: PLR0913  # what a file is announced with
        cls,
        owner_id: UUID,
        *,
        filename: str,
        media_type: str,
        size: int,
        sha256: str | None,
        title: str | None,
        tags: Iterable[str],
        collection_id: UUID | None,
        key: str | None,
        fingerprint: str | None,
        now: datetime,
    ) -> Self:
        """Write down what will come; what could not be a document's is refused now."""
        return cls(
            id=new_id(),
            owner_id=owner_id,
            filename=filename_of(filename),
            media_type=plain(media_type),
            size=size,
            sha256=(sha256 or "").lower(),
            title=title_of(title) if title and title.strip() else None,
            tags=tags_of(tags),
            collection_id=collection_id,
            expires_at=now + LIFE,
            key=key,
            fingerprint=fingerprint,
        )

    def of(self, actor: UUID | None, now: datetime) -> Self:
        """Return it to its owner; `UploadNotFound` for anybody else, and once it expired."""
        if self.owner_id != actor or self.expires_at <= now:
            raise UploadNotFound
        return self

    def placed(self, object_id: UUID, part_size: int, expires_at: datetime) -> Self:
        """Take note of where its bytes go; what does not fit into one part comes in several."""
        return replace(
            self,
            object_id=object_id,
            part_size=part_size if self.size > part_size else None,
            expires_at=expires_at,
        )

    def place(self) -> UUID:
        """Name the object its bytes go to; `UploadNotFound` if storage never opened one."""
        if self.object_id is None:
            raise UploadNotFound
        return self.object_id

    def open(self) -> Self:
        """Return it unless it has made a document (`UploadCompleted`)."""
        if self.document_id is not None:
            raise UploadCompleted("Ask for the document instead; `complete` answers it again.")
        return self

    def sizes(self) -> list[int]:
        """List the sizes of all its parts, in bytes; a file in one piece is one part."""
        part = self.part_size or max(self.size, 1)
        return [min(part, self.size - start) for start in range(0, max(self.size, 1), part)]

    def completed(self, document_id: UUID, now: datetime) -> Self:
        """Forget all but which document it made, for as long as somebody may ask again."""
        return replace(
            self,
            document_id=document_id,
            filename="",
            media_type="",
            sha256="",
            title=None,
            tags=(),
            collection_id=None,
            expires_at=now + LIFE,
        )
