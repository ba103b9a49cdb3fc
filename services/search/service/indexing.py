"""Keeps the indexes true to the state of each document."""

from dataclasses import dataclass
from uuid import UUID

from contracts.document import DocumentCancelled, DocumentDeleted, DocumentEdited
from contracts.indexing import IndexingCompleted
from contracts.search import DocumentForgotten, DocumentIndexed, DocumentNotIndexed
from services.search.model.document import Reading
from services.search.model.passage import About, BadPassages, Contents
from services.search.ports import Documents, Passages, Store, Transaction
from services.search.service.editions import Editions, Opened
from shared.cause import Cause
from shared.problems import NotFound, Refused


@dataclass(frozen=True, slots=True)
class Indexing:
    """The verbs that write. Each locks its document, writes the indexes for good, then commits.

    A crash in between leaves the message unheard: it comes again, and every write may be repeated.
    """

    store: Store
    editions: Editions
    passages: Passages
    documents: Documents

    async def add(self, heard: IndexingCompleted, cause: Cause) -> None:
        """Put a reading into the indexes of every edition, in place of the one before.

        What is said again for a rebuild goes to the edition that is built, if it is no news.
        """
        if await self.store.outdated(heard.document_id, heard.version):
            await self._pass_over(cause)
            return
        reading = Reading(heard.version, heard.text_version, heard.passages_object_id)
        try:
            contents = await self.passages.read(heard.document_id, reading, cause)
        except (BadPassages, Refused) as unreadable:
            await self._unreadable(heard, unreadable, cause)
            return
        async with self.store.begin(cause) as tx:
            before = await tx.take(heard.document_id, heard.owner_id)
            if not before.wants(reading.version):
                return
            document = before.indexed(reading)
            # Asked under the lock: an edit that is heard meanwhile waits, and then asks again.
            try:
                about = document.about(await self.documents.describe(document.id, cause))
            except NotFound:
                return
            is_news = document.sequence > before.sequence
            for opened in await self._live(tx, 0 if is_news else cause.generation):
                await self._put(tx, opened, about, contents)
            await tx.put(document)
            if is_news:
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
                detail="Indexing failed again and again; try again later.",
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
            for opened in await self._live(tx):
                if opened.vectors is not None:
                    await opened.vectors.describe(about)
                await opened.text.describe(about)

    async def stop(self, heard: DocumentCancelled, cause: Cause) -> None:
        """Find nothing of a document whose owner stopped the work on it, until it is retried."""
        async with self.store.begin(cause) as tx:
            before = await tx.take(heard.document_id, heard.owner_id)
            after = before.stopped(heard.version)
            if after == before:
                return
            if before.reading is not None:
                await self._empty(tx, before.id)
            await tx.put(after)

    async def forget(self, heard: DocumentDeleted, cause: Cause) -> None:
        """Keep nothing of a document, and remember that it is gone: other news may come late."""
        async with self.store.begin(cause) as tx:
            before = await tx.take(heard.document_id, heard.owner_id)
            await self._empty(tx, heard.document_id)
            if before.gone:
                return
            document = before.forgotten()
            await tx.put(document)
            said = DocumentForgotten(document_id=document.id, owner_id=document.owner_id)
            await tx.say(said, sequence=document.sequence)

    async def _empty(self, tx: Transaction, document_id: UUID) -> None:
        for opened in await self._live(tx):
            await opened.text.forget(document_id)
            if opened.vectors is not None:
                await opened.vectors.forget(document_id)

    async def _live(self, tx: Transaction, generation: int = 0) -> list[Opened]:
        """Open every edition that is to be kept true, or the one that a rebuild is for."""
        return [
            await self.editions.open(edition)
            for edition in await tx.editions()
            if edition.is_live and generation in {0, edition.generation}
        ]

    async def _put(self, tx: Transaction, opened: Opened, about: About, contents: Contents) -> None:
        """Write both indexes of an edition; vectors of another model than its own never."""
        edition = opened.edition
        if contents.passages and not edition.model:
            edition = await tx.adopt(edition.generation, contents.model, contents.dimensions)
            opened = await self.editions.open(edition)
        if opened.vectors is not None and edition.vector_index is None:
            await tx.name_vectors(edition.generation, opened.vectors.id)
        if opened.vectors is not None and edition.model == contents.model:
            await opened.vectors.put(about, contents.model, contents.passages)
        elif opened.vectors is not None:
            await opened.vectors.forget(about.document_id)
            await tx.outgrow(edition.generation)
        await opened.text.put(about, [one.passage for one in contents.passages])

    async def _pass_over(self, cause: Cause) -> None:
        """Change nothing, but remember that it was handled."""
        async with self.store.begin(cause):
            pass

    async def _unreadable(
        self, heard: IndexingCompleted, why: BadPassages | Refused, cause: Cause
    ) -> None:
        """Raise, unless nobody misses it: it is deleted, or was never found before a rebuild."""
        async with self.store.begin(cause) as tx:
            document = await tx.take(heard.document_id, heard.owner_id)
            was_found = document.reading is not None and document.version >= heard.version
            if not document.wants(heard.version) or (cause.rebuilding and not was_found):
                return
            try:
                await self.documents.describe(document.id, cause)
            except NotFound:
                return
            raise why
