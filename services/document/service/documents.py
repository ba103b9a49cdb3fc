"""What people do with their documents; each verb is one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts import document as words
from contracts.document import (
    AdvanceDocument,
    CancelDocument,
    DeleteDocument,
    DescribeDocument,
    DocumentAdvanced,
    DocumentCancelled,
    DocumentDeleted,
    DocumentEdited,
    DocumentPage,
    EditDocument,
    History,
    HistoryItem,
    ListDocuments,
    OpenContent,
    OpenText,
    RetryDocument,
    TellHistory,
    TextTicket,
)
from contracts.storage import AdvanceObject, DeleteObject, DownloadTicket
from services.document.model.document import Document
from services.document.model.errors import (
    DocumentNotFound,
    NotChecked,
    NoTextYet,
    person,
)
from services.document.model.labels import plain
from services.document.ports import Downloads, Store, Transaction, Wanted
from services.document.service.collections import hold_collection
from services.document.service.journey import begin_reading
from services.document.service.registration import check_of
from services.document.service.wording import seen, tell
from shared.cause import Cause
from shared.cursor import Listing, fitting
from shared.messages import Done

_HAPPENINGS: Final = 1_000
"""More would not fit into one answer; who edits a thousand times knows how it began."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The verbs that people's requests call."""

    store: Store
    downloads: Downloads
    now: Callable[[], datetime]

    async def describe(self, asked: DescribeDocument, cause: Cause) -> words.Document:
        """Tell the state of a document."""
        found = await self.store.look(asked.document_id)
        if found is None:
            raise DocumentNotFound
        return seen(found.of(person(cause.actor)))

    async def list(self, asked: ListDocuments, cause: Cause) -> DocumentPage:
        """List the caller's documents, newest first."""
        owner = person(cause.actor)
        filters = (asked.status, asked.tag, asked.collection_id, asked.q)
        listing = Listing("documents", owner, filters)
        wanted = Wanted(
            owner_id=owner,
            limit=asked.limit + 1,
            before=listing.place_of(asked.cursor),
            status=asked.status,
            tag=None if asked.tag is None else plain(asked.tag),
            collection_id=asked.collection_id,
            words=None if asked.q is None else plain(asked.q),
        )
        async with self.store.begin(cause) as tx:
            found = await tx.listed(wanted)
        shown = fitting([seen(document) for document in found[: asked.limit]])
        more = len(found) > len(shown)
        return DocumentPage(items=shown, next_cursor=listing.after(shown[-1].id) if more else None)

    async def edit(self, asked: EditDocument, cause: Cause) -> words.Document:
        """Change title, tags or collection."""
        async with self.store.begin(cause) as tx:
            await hold_collection(tx, asked.collection_id, cause)
            before = await find_own(tx, asked.document_id, cause)
            after = before.edited(asked.title, asked.tags)
            if asked.collection_id is not None or asked.uncollect:
                after = after.put_into(asked.collection_id)
            if after == before:
                return seen(after)
            edited = DocumentEdited(document_id=after.id, owner_id=after.owner_id)
            return seen(await tell(tx, before, after, edited, now=self.now()))

    async def delete(self, asked: DeleteDocument, cause: Cause) -> Done:
        """Forget a document, its files included; from the commit on it is not found."""
        async with self.store.begin(cause) as tx:
            before = await find_own(tx, asked.document_id, cause)
            deleted = DocumentDeleted(document_id=before.id, owner_id=before.owner_id)
            await tell(tx, before.forgotten(), before.forgotten(), deleted, now=self.now())
            await tx.withdraw(before.id)
            await tx.forget(before.id)
            for object_id in (before.object_id, *before.text_objects, *before.checkpoints):
                await tx.say(DeleteObject(object_id=object_id))
            return Done()

    async def retry(self, asked: RetryDocument, cause: Cause) -> words.Document:
        """Read it again; a file that never passed its checks is checked again first."""
        async with self.store.begin(cause) as tx:
            before = await find_own(tx, asked.document_id, cause)
            after = before.retried()
            if after.stored:
                return seen(await begin_reading(tx, before, after, now=self.now()))
            await tx.say(check_of(after))
            return seen(await tell(tx, before, after, now=self.now()))

    async def cancel(self, asked: CancelDocument, cause: Cause) -> words.Document:
        """Stop the work on a document that is not finished."""
        async with self.store.begin(cause) as tx:
            before = await find_own(tx, asked.document_id, cause)
            after = before.stopped()
            await tx.withdraw(after.id)
            cancelled = DocumentCancelled(
                document_id=after.id, owner_id=after.owner_id, version=after.version
            )
            return seen(await tell(tx, before, after, cancelled, now=self.now()))

    async def advance(self, asked: AdvanceDocument, cause: Cause) -> words.Document:
        """Put it before the caller's other documents in every queue on its way."""
        async with self.store.begin(cause) as tx:
            document = (await find_own(tx, asked.document_id, cause)).advanced()
            await tx.advance(document.id)
            if not document.stored:
                await tx.say(AdvanceObject(object_id=document.object_id))
            advanced = DocumentAdvanced(document_id=document.id, owner_id=document.owner_id)
            return seen(await tell(tx, document, document, advanced, now=self.now()))

    async def open_content(self, asked: OpenContent, cause: Cause) -> DownloadTicket:
        """Give a ticket to read the original file."""
        async with self.store.begin(cause) as tx:
            document = await find_own(tx, asked.document_id, cause)
        if not document.stored:
            raise NotChecked(
                "It did not get through its checks; its `status` and `error` tell why."
                if document.finished
                else "It is still being checked; ask again when its `status` has moved on."
            )
        return await self.downloads.open(document.object_id, cause, filename=document.filename)

    async def open_text(self, asked: OpenText, cause: Cause) -> TextTicket:
        """Give a ticket to read the extracted text."""
        async with self.store.begin(cause) as tx:
            document = await find_own(tx, asked.document_id, cause)
        if document.text is None:
            raise NoTextYet(
                "No text could be read before it ended; its `status` and `error` tell why."
                if document.finished
                else "It is still being read; ask again when its `status` is `processed`."
            )
        ticket = await self.downloads.open(document.text.object_id, cause)
        return TextTicket(ticket=ticket, text_version=document.text.version)

    async def tell_history(self, asked: TellHistory, cause: Cause) -> History:
        """Tell what happened to it, in order, from the newest thousand on."""
        async with self.store.begin(cause) as tx:
            document = await find_own(tx, asked.document_id, cause)
            happenings = await tx.history(document.id, most=_HAPPENINGS)
        return History(
            items=[
                HistoryItem(id=str(one.id), type=one.type, time=one.time, data=dict(one.data))
                for one in happenings
            ]
        )


async def find_own(tx: Transaction, document_id: UUID, cause: Cause) -> Document:
    """Find one of the caller's documents, and hold it; `DocumentNotFound` if it is not theirs."""
    document = await tx.find(document_id)
    if document is None:
        raise DocumentNotFound
    return document.of(person(cause.actor))
