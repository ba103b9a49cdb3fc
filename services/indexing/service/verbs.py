"""The verbs of indexing. Each is one transaction, but for `add`, which commits checkpoints."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from contracts.document import (
    DocumentAdvanced,
    DocumentCancelled,
    DocumentDeleted,
    DocumentProcessed,
)
from contracts.indexing import IndexingCompleted, IndexingFailed
from contracts.storage import DeleteObject
from contracts.task import TaskState
from services.indexing.model import CannotIndex, OutOfDate, Passage
from services.indexing.objects import MEDIA_TYPE, Source, read_text, write_passages
from services.indexing.passages.cut import cut
from services.indexing.ports import Claims, Draining, Embedder, Store
from services.indexing.service.telling import made_of, status, tell
from services.indexing.service.work import BATCH, Work
from shared.cause import Cause
from shared.problems import Away, Refused


@dataclass(frozen=True, slots=True)
class Indexing:
    """The verbs."""

    store: Store
    claims: Claims
    embedder: Embedder
    draining: Draining
    batch: int = BATCH

    async def add(self, heard: DocumentProcessed, cause: Cause) -> None:
        """Make a document's text searchable, going on where a killed process stopped."""
        try:
            await self._add(heard, cause)
        except OutOfDate:
            await self._pass_over(cause)
        except CannotIndex as wrong:
            await self._fail(heard, wrong, cause)

    async def give_up(self, heard: DocumentProcessed, cause: Cause) -> None:
        """Say that indexing failed for reasons of our own; a retry may help."""
        wrong = CannotIndex("given-up", "Indexing it failed again and again; try later.")
        await self._fail(heard, wrong, cause)

    async def advance(self, heard: DocumentAdvanced, cause: Cause) -> None:
        """Take a document before all others of its owner's, at once or when it comes."""
        async with self.store.begin(cause) as tx:
            await tx.advance(heard.document_id)

    async def cancel(self, heard: DocumentCancelled, cause: Cause) -> None:
        """Stop the work on a reading, or never begin it."""
        async with self.store.begin(cause) as tx:
            job = await tx.job(heard.document_id, heard.owner_id)
            try:
                job = job.cancelled(heard.version)
            except OutOfDate:
                return
            await tx.withdraw(heard.document_id)
            await tell(tx, job, status(job, TaskState.CANCELLED))

    async def forget(self, heard: DocumentDeleted, cause: Cause) -> None:
        """Drop everything about a document but the word that it is gone."""
        async with self.store.begin(cause) as tx:
            job = await tx.job(heard.document_id, heard.owner_id)
            for object_id in job.objects:
                await tx.say(DeleteObject(object_id=object_id))
            await tx.withdraw(job.document_id)
            await tx.forget(job.document_id)
            await tell(tx, job.forgotten(), status(job.forgotten(), TaskState.CANCELLED))

    async def _add(self, heard: DocumentProcessed, cause: Cause) -> None:
        if self.draining.is_set():
            raise Away("we are about to go")
        passages = await self._cut(heard, cause)
        source = Source(heard.document_id, heard.version, heard.text_version, self.embedder.model)
        work = Work(
            self.store, self.embedder, self.draining, source, heard.owner_id, cause, self.batch
        )
        vectors = await work.embed(passages)
        content = await asyncio.to_thread(write_passages, source, passages, vectors)
        kept = await self.claims.keep(content, MEDIA_TYPE, cause, placed=work.place)
        completed = IndexingCompleted(
            document_id=heard.document_id,
            owner_id=heard.owner_id,
            version=heard.version,
            passages_object_id=kept.object_id,
            passages=len(passages),
            text_version=heard.text_version,
            model=source.model,
        )
        await self._complete(completed, cause)

    async def _complete(self, completed: IndexingCompleted, cause: Cause) -> None:
        async with self.store.begin(cause) as tx:
            job = await tx.job(completed.document_id, completed.owner_id)
            try:
                job = job.completed(made_of(completed))
            except OutOfDate:
                await tx.put(job.without(completed.passages_object_id))
                await tx.say(DeleteObject(object_id=completed.passages_object_id))
                return
            await tell(tx, job, completed, status(job, TaskState.COMPLETED))

    async def _cut(self, heard: DocumentProcessed, cause: Cause) -> list[Passage]:
        try:
            content = await self.claims.fetch(heard.text_object_id, cause)
        except Refused as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise
            raise CannotIndex("text-missing", "The extracted text is gone.") from refused
        text = await asyncio.to_thread(read_text, content, heard.text_version)
        passages = await asyncio.to_thread(cut, text, self.embedder.count)
        if not passages:
            raise CannotIndex("no-text", "There is nothing but white space to index.")
        return passages

    async def _pass_over(self, cause: Cause) -> None:
        async with self.store.begin(cause):
            """Nothing is to be done; that we heard it is all that is kept."""

    async def _fail(self, heard: DocumentProcessed, wrong: CannotIndex, cause: Cause) -> None:
        async with self.store.begin(cause) as tx:
            job = await tx.job(heard.document_id, heard.owner_id)
            try:
                job = job.failed(heard.version)
            except OutOfDate:
                return
            failed = IndexingFailed(
                document_id=heard.document_id,
                owner_id=heard.owner_id,
                version=heard.version,
                code=wrong.code,
                detail=wrong.detail,
            )
            await tell(tx, job, failed, status(job, TaskState.FAILED))
