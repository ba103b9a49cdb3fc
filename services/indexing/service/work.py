"""The long part of indexing: embeds a reading's passages batch by batch, each a checkpoint."""

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
from shared.problems import Away

BATCH = 32
"""Passages embedded between two checkpoints: less than a second of work to lose."""
LOOKED_UP = 1_000

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
    batch: int = BATCH
    _last: list[Embedding] = field(default_factory=list)
    """The last batch: it is kept with the note of where the passages will be, moments later."""

    async def embed(self, passages: Sequence[Passage]) -> dict[str, bytes]:
        """Return each content's vector; `OutOfDate` as soon as nobody wants them any more."""
        wanted = {passage.content: passage for passage in passages}
        vectors = await self._begin(list(wanted), len(passages))
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
            job = (await self._job(tx)).placed(self.source.version, object_id)
            await tx.keep(self.source.document_id, self._last, self.source.model)
            await tx.put(job)

    async def _begin(self, contents: Sequence[str], passages: int) -> dict[str, bytes]:
        """Say that it starts, once, and return the vectors that were made before."""
        vectors: dict[str, bytes] = {}
        for group in grouped(contents, LOOKED_UP):
            async with self.store.begin(self.cause.midway()) as tx:
                before = await self._job(tx)
                job = before.started(self.source.version, passages)
                if job != before:
                    await self._tell_of_start(tx, job)
                known = await tx.known(self.source.document_id, group, self.source.model)
            vectors.update((one.content, one.vector) for one in known)
        REUSED.inc(len(vectors))
        return vectors

    async def _tell_of_start(self, tx: Transaction, job: Job) -> None:
        started = IndexingStarted(
            document_id=job.document_id,
            owner_id=job.owner_id,
            version=job.version,
            passages=job.passages,
        )
        await tell(tx, job, started, status(job, TaskState.RUNNING))

    async def _made(self, batch: Sequence[Passage]) -> list[Embedding]:
        vectors = await self.embedder.embed([passage.text for passage in batch], self.owner_id)
        EMBEDDED.inc(len(batch))
        return [
            Embedding(passage.content, vector)
            for passage, vector in zip(batch, vectors, strict=True)
        ]

    async def _checkpoint(self, made: Sequence[Embedding], progress: int) -> None:
        async with self.store.begin(self.cause.midway()) as tx:
            job = (await self._job(tx)).advanced(self.source.version, progress)
            await tx.keep(self.source.document_id, made, self.source.model)
            if not job.is_news:
                await tx.put(job)
                return
            job = job.heard()
            progressed = IndexingProgressed(
                document_id=job.document_id,
                owner_id=job.owner_id,
                version=job.version,
                progress=job.progress,
            )
            await tell(tx, job, progressed, status(job, TaskState.RUNNING))

    async def _job(self, tx: Transaction) -> Job:
        return await tx.job(self.source.document_id, self.owner_id)


def grouped(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Part things into groups of a size."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
