"""Keeps both indexes true to what became of each document."""

from dataclasses import dataclass

from contracts.document import DocumentDeleted, DocumentEdited
from contracts.indexing import IndexingCompleted
from contracts.search import DocumentForgotten, DocumentIndexed, DocumentNotIndexed
from services.search.model.document import Reading
from services.search.ports import Documents, Passages, Store, TextIndex, VectorIndex
from shared.cause import Cause
from shared.problems import NotFound


@dataclass(frozen=True, slots=True)
class Indexing:
    """The verbs that write. Each locks its document, writes both indexes for good, then commits.

    A crash in between leaves the message unheard: it comes again, and every write may be repeated.
    """

    store: Store
    text: TextIndex
    vectors: VectorIndex
    passages: Passages
    documents: Documents

    async def add(self, heard: IndexingCompleted, cause: Cause) -> None:
        """Put a reading into both indexes, in place of the one before."""
        if await self.store.outdated(heard.document_id, heard.version):
            return
        reading = Reading(heard.version, heard.text_version, heard.passages_object_id)
        contents = await self.passages.read(heard.document_id, reading, cause)
        async with self.store.begin(cause) as tx:
            before = await tx.take(heard.document_id, heard.owner_id)
            if not before.wants(reading.version):
                return
            document = before.indexed(reading, self.text.id)
            # Asked under the lock: an edit that is heard meanwhile waits, and then asks again.
            try:
                about = document.about(await self.documents.describe(document.id, cause))
            except NotFound:
                return
            await self.vectors.put(about, contents.model, contents.passages)
            await self.text.put(about, [one.passage for one in contents.passages])
            await tx.put(document)
            if document.sequence > before.sequence:
                said = DocumentIndexed(
                    document_id=document.id,
                    owner_id=document.owner_id,
                    version=document.version,
                    passages=len(contents.passages),
                )
                await tx.say(said, sequence=document.sequence)

    async def give_up(self, heard: IndexingCompleted, cause: Cause) -> None:
        """Say that a reading could not be put into the indexes, if it is still the wanted one."""
        async with self.store.begin(cause) as tx:
            document = await tx.take(heard.document_id, heard.owner_id)
            known = document.reading.version if document.reading else 0
            if document.gone or heard.version <= known:
                return
            said = DocumentNotIndexed(
                document_id=document.id,
                owner_id=document.owner_id,
                version=heard.version,
                code="given-up",
                detail="Indexing it failed again and again; try later.",
            )
            await tx.say(said, sequence=document.sequence)

    async def refresh(self, heard: DocumentEdited, cause: Cause) -> None:
        """Show and filter by the title, the tags and the collection that it has now."""
        async with self.store.begin(cause) as tx:
            document = await tx.take(heard.document_id, heard.owner_id)
            if document.reading is None:
                return
            try:
                about = document.about(await self.documents.describe(document.id, cause))
            except NotFound:
                return
            await self.vectors.describe(about)
            await self.text.describe(about)

    async def forget(self, heard: DocumentDeleted, cause: Cause) -> None:
        """Keep nothing of a document, and remember that it is gone: other news may come late."""
        async with self.store.begin(cause) as tx:
            before = await tx.take(heard.document_id, heard.owner_id)
            await self.text.forget(heard.document_id)
            await self.vectors.forget(heard.document_id)
            if before.gone:
                return
            document = before.forgotten()
            await tx.put(document)
            said = DocumentForgotten(document_id=document.id, owner_id=document.owner_id)
            await tx.say(said, sequence=document.sequence)
