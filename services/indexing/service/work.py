"""The long part of indexing: embeds a reading's passages batch by batch, each a checkpoint."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from prometheus_client import Counter

from contracts.indexing import IndexingProgressed, IndexingStarted
from contracts.task import TaskState
from services.indexing.model import Embedding, Job, Passage
from services.indexing.objects import Source
from services.indexing.ports import Draining, Embedder, Store, Transaction
from services.indexing.service.telling import status, tell
from shared.cause import Cause
from shared.messages import Event
from shared.problems import Away

BATCH = 32
"""Passages embedded between two checkpoints: less than a second of work to lose."""
LOOKED_UP = 1_000
SOON = 2.0
"""Seconds after which it is told that it began, or with the first batch if there are more: what is
done in a moment is told by its end alone."""

EMBEDDED = Counter("mesh_passages_embedded_total", "Passages whose meaning was computed")
REUSED = Counter("mesh_passages_reused_total", "Passages whose meaning was known before")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work:
    """The embedding of one reading. Killed and begun again, it goes on at the last batch kept."""

    store: Store
    embedder: Embedder
    draining: Draining
    source: Source
    owner_id: UUID
    cause: Cause
    passages: Sequence[Passage]
    batch: int = BATCH
    soon: float = SOON
    _last: list[Embedding] = field(default_factory=list)
    """The last batch: it is kept with the note of where the passages will be, moments later."""

    async def embed(self) -> dict[str, bytes]:
        """Return each content's vector; `OutOfDate` as soon as nobody wants them any more."""
        wanted = {passage.content: passage for passage in self.passages}
        vectors = await self._known(list(wanted))
        missing = [passage for content, passage in wanted.items() if content not in vectors]
        for batch in grouped(missing, self.batch):
            if self._last:
                await self._checkpoint(self._last, 100 * len(vectors) // len(wanted))
            if self.draining.is_set():
                raise Away("we are about to go; what is embedded is kept")
            self._last[:] = await self._made(batch)
            vectors.update((one.content, one.vector) for one in self._last)
        return vectors

    async def place(self, object_id: UUID) -> None:
        """Note where the passages will be, before they are there; this is the last checkpoint."""
        async with self.store.begin(self.cause.midway()) as tx:
            job = self._begun(await self._job(tx)).placed(self.source.version, object_id)
            await tx.keep(self.source.document_id, self._last, self.source.model)
            await tx.put(job)

    async def _known(self, contents: Sequence[str]) -> dict[str, bytes]:
        """Return the vectors that were made before, if the reading is still wanted."""
        vectors: dict[str, bytes] = {}
        for group in grouped(contents, LOOKED_UP):
            async with self.store.begin(self.cause.midway()) as tx:
                self._begun(await self._job(tx))
                known = await tx.known(self.source.document_id, group, self.source.model)
            vectors.update((one.content, one.vector) for one in known)
        REUSED.inc(len(vectors))
        return vectors

    async def _made(self, batch: Sequence[Passage]) -> list[Embedding]:
        texts = [passage.text for passage in batch]
        embedding = asyncio.ensure_future(self.embedder.embed(texts, self.owner_id))
        try:
            done, _ = await asyncio.wait([embedding], timeout=self.soon)
            if not done and not self._last:
                await self._tell_of_start()
            vectors = await embedding
        finally:
            embedding.cancel()
        EMBEDDED.inc(len(batch))
        return [
            Embedding(passage.content, vector)
            for passage, vector in zip(batch, vectors, strict=True)
        ]

    async def _tell_of_start(self) -> None:
        """Say that it began, unless that was said before."""
        async with self.store.begin(self.cause.midway()) as tx:
            before = await self._job(tx)
            job = self._begun(before)
            if job != before:
                await tell(tx, job, _started(job), status(job, TaskState.RUNNING))

    async def _checkpoint(self, made: Sequence[Embedding], progress: int) -> None:
        async with self.store.begin(self.cause.midway()) as tx:
            before = await self._job(tx)
            job = self._begun(before)
            events: list[Event] = [] if job == before else [_started(job)]
            job = job.advanced(self.source.version, progress)
            await tx.keep(self.source.document_id, made, self.source.model)
            if job.is_news:
                job = job.heard()
                events.append(_progressed(job))
            if events:
                events.append(status(job, TaskState.RUNNING))
            await tell(tx, job, *events)

    async def _job(self, tx: Transaction) -> Job:
        return await tx.job(self.source.document_id, self.owner_id)

    def _begun(self, job: Job) -> Job:
        return job.started(self.source.version, len(self.passages))


def grouped(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Part things into groups of a size."""
    for start in range(0, len(things), size):
        yield things[start : start + size]


def _started(job: Job) -> IndexingStarted:
    return IndexingStarted(
        document_id=job.document_id,
        owner_id=job.owner_id,
        version=job.version,
        passages=job.passages,
    )


def _progressed(job: Job) -> IndexingProgressed:
    return IndexingProgressed(
        document_id=job.document_id,
        owner_id=job.owner_id,
        version=job.version,
        progress=job.progress,
    )
