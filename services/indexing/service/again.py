"""Says again what was made of documents; what a former model made is embedded again before."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from uuid import UUID

from contracts.again import PAGE, NotSaidAgain, go_on
from contracts.indexing import (
    EmbedAgain,
    IndexingCompleted,
    IndexingSaidAgain,
    SayIndexingAgain,
)
from contracts.storage import DeleteObject
from services.indexing.model import Embedding, Job, Made, OutOfDate
from services.indexing.objects import MEDIA_TYPE, embedded_anew, texts_of
from services.indexing.ports import Claims, Draining, Embedder, Store, Transaction
from services.indexing.service.telling import completed_of, made_of
from services.indexing.service.work import BATCH, LOOKED_UP, grouped
from shared.again import To
from shared.cause import Cause
from shared.problems import Away, Refused


@dataclass(frozen=True, slots=True)
class Again:
    """The verbs of a rebuild. Passages keep their ids and places, whatever the model."""

    store: Store
    claims: Claims
    embedder: Embedder
    draining: Draining
    batch: int = BATCH

    async def say(self, asked: SayIndexingAgain, cause: Cause) -> None:
        """Say a page of what was made; what the newest model did not make is made first."""
        if asked.event != str(IndexingCompleted.subject):
            raise NotSaidAgain(f"Indexing keeps nothing from which {asked.event} follows.")
        async with self.store.begin(cause) as tx:
            jobs = await tx.made(asked.after, PAGE)
            for job in jobs:
                await self._say(tx, job, asked)
            walked = [job.document_id for job in jobs]
            await go_on(tx, asked, IndexingSaidAgain, walked=walked, said=len(jobs))

    async def embed(self, asked: EmbedAgain, cause: Cause) -> None:
        """Embed a document's passages under the newest model; then tell who waits for them."""
        cause = replace(cause, actor=asked.owner_id)
        try:
            made = await self._remake(asked, cause)
        except OutOfDate:
            made = None
        async with self.store.begin(cause) as tx:
            job = await tx.job(asked.document_id, asked.owner_id)
            if made is not None:
                job = await self._take(tx, job, made)
            known = job.made or made_of(asked)
            # Even of a document that is gone: who waits counts, and knows that it is gone.
            said = completed_of(asked.document_id, asked.owner_id, known)
            await tx.say_again(said, _to(asked.listener, asked.generation, asked.owner_id))

    async def _say(self, tx: Transaction, job: Job, asked: SayIndexingAgain) -> None:
        if job.made is None:
            return
        if job.made.model == self.embedder.model:
            await self._tidy(tx, job)
            said = completed_of(job.document_id, job.owner_id, job.made)
            await tx.say_again(said, asked.to(job.owner_id), sequence=job.sequence)
            return
        await tx.say(
            EmbedAgain(
                document_id=job.document_id,
                owner_id=job.owner_id,
                listener=asked.listener,
                generation=asked.generation,
                version=job.made.version,
                passages_object_id=job.made.object_id,
                passages=job.made.passages,
                text_version=job.made.text_version,
                model=job.made.model,
            )
        )

    async def _tidy(self, tx: Transaction, job: Job) -> None:
        """Give back what older models and readings left."""
        if not job.superseded:
            return
        for object_id in job.superseded:
            await tx.say(DeleteObject(object_id=object_id))
        await tx.forget(job.document_id, but=self.embedder.model)
        await tx.put(job.without(*job.superseded))

    async def _remake(self, asked: EmbedAgain, cause: Cause) -> Made | None:
        """Make the passages object again; None if it was done or there is nothing to make it of."""
        async with self.store.begin(cause.midway()) as tx:
            before = (await tx.job(asked.document_id, asked.owner_id)).made
        if before is None or before.model == self.embedder.model:
            return None
        try:
            content = await self.claims.fetch(before.object_id, cause)
        except Refused as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise
            return None
        texts = await asyncio.to_thread(texts_of, content)
        vectors = await self._vectors(asked, before, texts, cause)
        content = await asyncio.to_thread(embedded_anew, content, self.embedder.model, vectors)

        async def placed(object_id: UUID) -> None:
            async with self.store.begin(cause.midway()) as tx:
                await tx.put((await self._job(tx, asked, before)).with_object(object_id))

        kept = await self.claims.keep(content, MEDIA_TYPE, cause, placed=placed)
        return replace(before, object_id=kept.object_id, model=self.embedder.model)

    async def _vectors(
        self, asked: EmbedAgain, before: Made, texts: Mapping[str, str], cause: Cause
    ) -> dict[str, bytes]:
        """Embed batch by batch, each a checkpoint: what was embedded before a kill is known."""
        model, vectors = self.embedder.model, dict[str, bytes]()
        for group in grouped(list(texts), LOOKED_UP):
            async with self.store.begin(cause.midway()) as tx:
                await self._job(tx, asked, before)
                known = await tx.known(asked.document_id, group, model)
            vectors.update((one.content, one.vector) for one in known)
        missing = sorted(texts.keys() - vectors.keys(), key=lambda content: len(texts[content]))
        for batch in grouped(missing, self.batch):
            if self.draining.is_set():
                raise Away("we are about to go; what is embedded is kept")
            made = await self.embedder.embed([texts[content] for content in batch])
            new = [Embedding(*pair) for pair in zip(batch, made, strict=True)]
            async with self.store.begin(cause.midway()) as tx:
                await self._job(tx, asked, before)
                await tx.keep(asked.document_id, new, model)
            vectors.update((one.content, one.vector) for one in new)
        return vectors

    async def _take(self, tx: Transaction, job: Job, made: Made) -> Job:
        try:
            job = job.remade(made)
        except OutOfDate:
            job = job.without(made.object_id)
            await tx.say(DeleteObject(object_id=made.object_id))
        await tx.put(job)
        return job

    @staticmethod
    async def _job(tx: Transaction, asked: EmbedAgain, before: Made) -> Job:
        """Hold the job; `OutOfDate` once another reading has its place, or nothing is left."""
        job = await tx.job(asked.document_id, asked.owner_id)
        if job.made is None or job.made.version != before.version:
            raise OutOfDate(f"{asked.document_id}: {job.made} in place of {before}")
        return job


def _to(listener: str, generation: int, owner_id: UUID) -> To:
    return To(IndexingCompleted.subject.durable(listener), generation, owner_id)
