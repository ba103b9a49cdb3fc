"""Says the state of documents again, to one listener alone, long after their events have gone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.again import PAGE, NotSaidAgain, go_on
from contracts.document import (
    DocumentCancelled,
    DocumentDeleted,
    DocumentEdited,
    DocumentEvent,
    DocumentFailed,
    DocumentProcessed,
    DocumentReady,
    DocumentsSaidAgain,
    SayDocumentsAgain,
)
from contracts.document import DocumentStatus as Status
from services.document.model.document import Document
from services.document.ports import Store
from shared.cause import Cause


@dataclass(frozen=True, slots=True)
class Again:
    """The verb of other services' rebuilds."""

    store: Store

    async def say(self, asked: SayDocumentsAgain, cause: Cause) -> None:
        """Walk a page of documents, tombstones too, and say what an event told of each."""
        tell = _FACTS.get(asked.event)
        if tell is None:
            raise NotSaidAgain(f"Document keeps nothing from which {asked.event} follows.")
        async with self.store.begin(cause) as tx:
            documents = await tx.walk(asked.after, PAGE)
            said = 0
            for document in documents:
                event = tell(document)
                if event is not None:
                    to = asked.to(document.owner_id)
                    await tx.say_again(event, to, sequence=document.sequence)
                    said += 1
            walked = [document.id for document in documents]
            await go_on(tx, asked, DocumentsSaidAgain, walked=walked, said=said)


def _deleted(document: Document) -> DocumentEvent | None:
    if not document.deleted:
        return None
    return DocumentDeleted(document_id=document.id, owner_id=document.owner_id)


def _edited(document: Document) -> DocumentEvent | None:
    if document.deleted:
        return None
    return DocumentEdited(document_id=document.id, owner_id=document.owner_id)


def _processed(document: Document) -> DocumentEvent | None:
    text = document.text
    if document.deleted or text is None or not document.read:
        return None
    return DocumentProcessed(
        document_id=document.id,
        owner_id=document.owner_id,
        version=document.version,
        text_object_id=text.object_id,
        text_version=text.version,
        characters=text.characters,
        pages=text.pages,
    )


def _ready(document: Document) -> DocumentEvent | None:
    if document.deleted or document.status is not Status.READY or document.passages is None:
        return None
    return DocumentReady(
        document_id=document.id,
        owner_id=document.owner_id,
        version=document.version,
        passages=document.passages,
    )


def _failed(document: Document) -> DocumentEvent | None:
    failure = document.failure
    if document.deleted or failure is None:
        return None
    return DocumentFailed(
        document_id=document.id,
        owner_id=document.owner_id,
        version=document.version,
        code=failure.code,
        detail=failure.detail,
    )


def _cancelled(document: Document) -> DocumentEvent | None:
    if document.deleted or document.status is not Status.CANCELLED:
        return None
    return DocumentCancelled(
        document_id=document.id, owner_id=document.owner_id, version=document.version
    )


_FACTS: Final[Mapping[str, Callable[[Document], DocumentEvent | None]]] = {
    str(DocumentDeleted.subject): _deleted,
    str(DocumentEdited.subject): _edited,
    str(DocumentProcessed.subject): _processed,
    str(DocumentReady.subject): _ready,
    str(DocumentFailed.subject): _failed,
    str(DocumentCancelled.subject): _cancelled,
}
