"""How a document is put into words: for its owner, and for the mesh when something happened."""

from datetime import datetime

from contracts import document as words
from contracts.document import DocumentEvent, DocumentTaskStatusUpdated
from contracts.document import DocumentStatus as Status
from contracts.task import TaskState
from services.document.model.document import Document
from services.document.ports import Fact, Happening, Transaction
from shared.cause import new_id
from shared.messages import Event

_STATES = {
    Status.UPLOADED: TaskState.PENDING,
    Status.PROCESSING: TaskState.RUNNING,
    Status.PROCESSED: TaskState.RUNNING,
    Status.INDEXING: TaskState.RUNNING,
    Status.READY: TaskState.COMPLETED,
    Status.FAILED: TaskState.FAILED,
    Status.QUARANTINED: TaskState.FAILED,
    Status.CANCELLED: TaskState.CANCELLED,
}
_UNTOLD = {"document_id", "owner_id", "object_id", "text_object_id"}


async def tell(
    tx: Transaction,
    before: Document | None,
    after: Document,
    *events: DocumentEvent,
    now: datetime,
) -> Document:
    """Write a change down; say what happened and where it stands, each under its sequence."""
    if after == before and not events:
        return after
    said: list[Event] = list(events)
    if before is None or (before.status, before.progress) != (after.status, after.progress):
        said.append(status_of(after))
    kept = after.moved_to(after.sequence + len(said), now)
    await tx.put(kept)
    for event in events:
        await tx.note(after.id, happening(event, now))
    for sequence, message in enumerate(said, start=after.sequence + 1):
        await tx.say(message, sequence=sequence)
    return kept


def happening(event: Event, now: datetime) -> Happening:
    """Write an event into the history: its name without version, and its plain values."""
    data: Fact = {
        name: value
        for name, value in event.model_dump(mode="json").items()
        if name not in _UNTOLD and isinstance(value, str | int)
    }
    return Happening(new_id(), f"{event.subject.owner}.{event.subject.name}", now, data)


def status_of(document: Document) -> DocumentTaskStatusUpdated:
    """Say where it stands."""
    return DocumentTaskStatusUpdated(
        task_id=document.id,
        owner_id=document.owner_id,
        type="document",
        status=_STATES[document.status],
        stage=document.status,
        progress=document.progress,
    )


def seen(document: Document) -> words.Document:
    """Describe it to its owner."""
    text = document.text
    return words.Document(
        id=document.id,
        title=document.title,
        filename=document.filename,
        media_type=document.media_type,
        size=document.size,
        status=document.status,
        progress=document.progress,
        tags=list(document.tags),
        collection_id=document.collection_id,
        error=_error(document),
        warnings=[
            words.ReadingWarning(code=trouble.code, detail=trouble.detail, page=trouble.page)
            for trouble in (text.troubles if text else ())
        ],
        text_version=text.version if text else None,
        pages=text.pages if text else None,
        created_at=document.created_at,
        updated_at=document.updated_at,
    )


def _error(document: Document) -> words.DocumentError | None:
    failure = document.failure
    if failure is None or document.status not in {Status.FAILED, Status.QUARANTINED}:
        return None
    return words.DocumentError(code=failure.code, detail=failure.detail)
