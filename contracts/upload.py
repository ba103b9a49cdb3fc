"""Words the document service owns about files that their owners send to the store directly."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from contracts.document import Document
from contracts.storage import ArrivedPart, Ticket
from shared.messages import Answer, Done, Request


class UploadStatus(StrEnum):
    """How far a direct upload is."""

    OPEN = "open"
    COMPLETED = "completed"


class UploadBegun(Answer):
    """Where the bytes go: to `whole` at once, or in parts of `part_size`."""

    upload_id: UUID
    whole: Ticket | None = None
    part_size: int | None = None
    expires_at: datetime


class UploadSeen(Answer):
    """What has arrived of a direct upload so far."""

    upload_id: UUID
    status: UploadStatus
    size: int = Field(ge=0, description="As announced.")
    part_size: int | None = None
    parts: list[ArrivedPart]
    expires_at: datetime
    document_id: UUID | None = None


class BeginUpload(Request[UploadBegun], subject="req.document.begin-upload.v1"):
    """Announce a file that the caller will send directly; what is never completed expires."""

    filename: str
    size: int = Field(ge=0)
    media_type: str
    sha256: str | None = Field(
        default=None, description="If the caller knows it, other bytes are refused."
    )
    title: str | None = None
    tags: list[str] = []
    collection_id: UUID | None = None
    idempotency_key: str | None = None
    fingerprint: str | None = Field(default=None, description="Hash over all the fields.")


class OpenUploadPart(Request[Ticket], subject="req.document.open-upload-part.v1", key="upload_id"):
    """A ticket for one part of a direct upload, counted from 1."""

    upload_id: UUID
    number: int = Field(ge=1, le=10_000)


class DescribeUpload(
    Request[UploadSeen], subject="req.document.describe-upload.v1", key="upload_id"
):
    """How does this upload of the caller's stand?"""

    upload_id: UUID


class AbortUpload(Request[Done], subject="req.document.abort-upload.v1", key="upload_id"):
    """Give up a direct upload that made no document yet; its bytes are deleted."""

    upload_id: UUID


class CompleteUpload(Request[Document], subject="req.document.complete-upload.v1", key="upload_id"):
    """Make a document of a direct upload, once all of it is there; one, however often asked."""

    upload_id: UUID
