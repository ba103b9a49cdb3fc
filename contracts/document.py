"""Words the document service owns, first edition."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from contracts.again import SaidAgain, SayAgain
from contracts.storage import DownloadTicket
from contracts.task import TaskStatusUpdated
from shared.messages import Answer, Body, Command, Done, Event, Request


class DocumentStatus(StrEnum):
    """How far a document is."""

    UPLOADED = "uploaded"
    PROCESSING = "processing"
    PROCESSED = "processed"
    INDEXING = "indexing"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    QUARANTINED = "quarantined"


class DocumentEvent(Event):
    """What every event about a document carries. Names and titles are personal and never in it."""

    document_id: UUID
    owner_id: UUID


class DocumentUploaded(DocumentEvent, subject="evt.document.uploaded.v1", key="document_id"):
    """A file arrived in full and was registered; storage checks it next."""

    object_id: UUID
    size: int = Field(ge=0)
    sha256: str = Field(
        description="Empty where its owner sent it directly and did not say: ObjectStored tells it."
    )
    media_type: str


class DocumentProcessing(DocumentEvent, subject="evt.document.processing.v1", key="document_id"):
    """The file passed its checks and is being read."""

    version: int = Field(ge=1, description="Which reading of the document; rises with each retry.")


class DocumentProcessed(DocumentEvent, subject="evt.document.processed.v1", key="document_id"):
    """Text, pages and headings were extracted; the text object holds them as JSON (see `docs`)."""

    version: int = Field(ge=1)
    text_object_id: UUID
    text_version: str = Field(description="SHA-256 of the text.")
    characters: int = Field(ge=0)
    pages: int = Field(ge=1)


class DocumentFailed(DocumentEvent, subject="evt.document.failed.v1", key="document_id"):
    """The document could not be read or indexed; a retry may help."""

    version: int = Field(ge=0)
    code: str = Field(description="Why, as `encrypted`, `corrupt`, `no-text` or `timed-out`.")
    detail: str


class DocumentReady(DocumentEvent, subject="evt.document.ready.v1", key="document_id"):
    """Every passage is indexed: a search sent from now on finds it."""

    version: int = Field(ge=1)
    passages: int = Field(ge=0)


class DocumentCancelled(DocumentEvent, subject="evt.document.cancelled.v1", key="document_id"):
    """Its owner stopped the work on it."""

    version: int = Field(ge=0)


class DocumentAdvanced(DocumentEvent, subject="evt.document.advanced.v1", key="document_id"):
    """Its owner wants it done before all others of theirs that wait."""


class DocumentEdited(DocumentEvent, subject="evt.document.edited.v1", key="document_id"):
    """Title, tags or collection changed; what they are now is told on request."""


class DocumentDeleted(DocumentEvent, subject="evt.document.deleted.v1", key="document_id"):
    """Its owner deleted it; whatever was made of it is to be deleted, too."""


class DocumentTaskStatusUpdated(
    TaskStatusUpdated, subject="evt.document.task-status-updated.v1", key="task_id"
):
    """A document made progress; the task is the document, the stage its status."""


class SayDocumentsAgain(SayAgain, subject="cmd.document.say-again.v1"):
    """Say again the state of every document: deleted, processed, edited, ready, failed, …."""


class DocumentsSaidAgain(SaidAgain, subject="evt.document.said-again.v1", key="listener"):
    """The state of every document has been said again."""


class ExtractDocument(Command, subject="cmd.document.extract.v1", key="document_id"):
    """Read the file of a document, for the given reading of it."""

    document_id: UUID
    version: int = Field(ge=1)


class DocumentError(Body):
    """Why a document failed."""

    code: str
    detail: str


class ReadingWarning(Body):
    """A part of a document that could not be read."""

    code: str
    detail: str
    page: int | None = None


class Document(Answer):
    """A document as its owner sees it."""

    id: UUID
    title: str
    filename: str
    media_type: str
    size: int
    status: DocumentStatus
    progress: int
    tags: list[str] = []
    collection_id: UUID | None = None
    error: DocumentError | None = None
    warnings: list[ReadingWarning] = []
    text_version: str | None = None
    pages: int | None = None
    created_at: datetime
    updated_at: datetime


class DocumentPage(Answer):
    """One page of a list of documents."""

    items: list[Document]
    next_cursor: str | None = None


class HistoryItem(Body):
    """One thing that happened to a document."""

    id: str
    type: str
    time: datetime
    data: dict[str, Any]


class History(Answer):
    """What happened to a document, in order."""

    items: list[HistoryItem]


class TextTicket(Answer):
    """Where the extracted text can be read now."""

    ticket: DownloadTicket
    text_version: str


class UploadReserved(Answer):
    """Permission to upload under an idempotency key, or the document an earlier upload made."""

    document: Document | None = None
    fingerprint: str | None = Field(
        default=None, description="Of the earlier upload, to compare with."
    )


class ReserveUpload(Request[UploadReserved], subject="req.document.reserve-upload.v1"):
    """Claim an idempotency key before the bytes are known; 409 while another upload holds it.

    The claim lasts 30 s and is repeated (same `holder`) while bytes still come.
    """

    idempotency_key: str
    holder: UUID
    release: bool = Field(
        default=False, description="Give the claim up, since this upload made no document."
    )


class CheckAllowance(Request[Done], subject="req.document.check-allowance.v1"):
    """May the caller have one more file of this size? Only registering it decides."""

    size: int = Field(ge=0)


class RegisterDocument(Request[Document], subject="req.document.register.v1"):
    """Make a document of an uploaded object; under an idempotency key one, however often asked."""

    object_id: UUID
    filename: str
    title: str | None = None
    tags: list[str] = []
    collection_id: UUID | None = None
    size: int = Field(ge=0)
    sha256: str = Field(description="Empty where nobody knows it before the check.")
    media_type: str
    idempotency_key: str | None = None
    fingerprint: str | None = Field(
        default=None, description="Hash over the fields and the file's bytes."
    )


class DescribeDocument(Request[Document], subject="req.document.describe.v1", key="document_id"):
    """What is the state of this document of the caller's?"""

    document_id: UUID


class ListDocuments(Request[DocumentPage], subject="req.document.list.v1"):
    """The caller's documents, newest first."""

    status: DocumentStatus | None = None
    tag: str | None = None
    collection_id: UUID | None = None
    q: str | None = Field(default=None, description="Part of a title or file name.")
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class EditDocument(Request[Document], subject="req.document.edit.v1", key="document_id"):
    """Change title, tags or collection; what is None stays."""

    document_id: UUID
    title: str | None = None
    tags: list[str] | None = None
    collection_id: UUID | None = None
    uncollect: bool = Field(
        default=False, description="Take it out of its collection, unless another is named."
    )


class DeleteDocument(Request[Done], subject="req.document.delete.v1", key="document_id"):
    """Delete a document; from now on it is not found."""

    document_id: UUID


class RetryDocument(Request[Document], subject="req.document.retry.v1", key="document_id"):
    """Read a failed or cancelled document again."""

    document_id: UUID


class CancelDocument(Request[Document], subject="req.document.cancel.v1", key="document_id"):
    """Stop the work on a document that is not finished."""

    document_id: UUID


class AdvanceDocument(Request[Document], subject="req.document.advance.v1", key="document_id"):
    """Do a document that waits before all others of the caller's that wait."""

    document_id: UUID


class OpenContent(
    Request[DownloadTicket], subject="req.document.open-content.v1", key="document_id"
):
    """A ticket for the original file."""

    document_id: UUID


class OpenText(Request[TextTicket], subject="req.document.open-text.v1", key="document_id"):
    """A ticket for the extracted text, pages and headings."""

    document_id: UUID


class TellHistory(Request[History], subject="req.document.tell-history.v1", key="document_id"):
    """What happened to this document?"""

    document_id: UUID
