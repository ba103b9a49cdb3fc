"""Jobs and embeddings in PostgreSQL; the only file here that knows SQL."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.indexing.model import Embedding, Job, Stage
from shared.database import Store, Transaction, Unit

_HOLD: Final = text(
    "INSERT INTO jobs (document_id, owner_id) VALUES (:document_id, :owner_id)"
    " ON CONFLICT (document_id) DO UPDATE SET document_id = excluded.document_id"
    " RETURNING document_id, owner_id, stage, version, passages, progress, told, sequence, objects"
)
_PUT: Final = text(
    "UPDATE jobs SET stage = :stage, version = :version, passages = :passages,"
    " progress = :progress, told = :told, sequence = :sequence,"
    " objects = CAST(:objects AS uuid[]), changed_at = now()"
    " WHERE document_id = :document_id"
)
_KNOWN: Final = text(
    "WITH found AS ("
    " SELECT content, vector FROM embeddings WHERE model = :model AND content = ANY(:contents)"
    "), used AS ("
    " INSERT INTO uses (document_id, model, content)"
    " SELECT :document_id, :model, content FROM found ORDER BY content ON CONFLICT DO NOTHING"
    ") SELECT content, vector FROM found"
)
# In one order everywhere, so that two documents with the same contents never wait for each other.
_KEEP: Final = text(
    "WITH given AS ("
    " SELECT * FROM unnest(CAST(:contents AS text[]), CAST(:vectors AS bytea[]))"
    " AS given (content, vector) ORDER BY content"
    "), used AS ("
    " INSERT INTO uses (document_id, model, content)"
    " SELECT :document_id, :model, content FROM given ON CONFLICT DO NOTHING"
    ") INSERT INTO embeddings (model, content, vector)"
    " SELECT :model, content, vector FROM given ON CONFLICT DO NOTHING"
)
# One at a time: two that forget the same content at once would each leave it to the other.
_FORGET_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtext('forget'))")
_FORGET: Final = text(
    "WITH gone AS (DELETE FROM uses WHERE document_id = :document_id RETURNING model, content)"
    " DELETE FROM embeddings USING gone"
    " WHERE embeddings.model = gone.model AND embeddings.content = gone.content"
    " AND NOT EXISTS ("
    "  SELECT 1 FROM uses WHERE uses.model = gone.model AND uses.content = gone.content"
    "  AND uses.document_id <> :document_id)"
)


class PostgresStore(Store["_PostgresTransaction"]):
    """The store in the service's own database."""

    def within(self, unit: Unit) -> "_PostgresTransaction":
        return _PostgresTransaction(unit)


class _PostgresTransaction(Transaction):
    async def job(self, document_id: UUID, owner_id: UUID) -> Job:
        row = {"document_id": document_id, "owner_id": owner_id}
        found = (await self._session.execute(_HOLD, row)).one()
        return Job(
            document_id=found.document_id,
            owner_id=found.owner_id,
            stage=Stage(found.stage),
            version=found.version,
            passages=found.passages,
            progress=found.progress,
            told=found.told,
            sequence=found.sequence,
            objects=tuple(found.objects),
        )

    async def put(self, job: Job) -> None:
        row = {
            "document_id": job.document_id,
            "stage": job.stage.value,
            "version": job.version,
            "passages": job.passages,
            "progress": job.progress,
            "told": job.told,
            "sequence": job.sequence,
            "objects": list(job.objects),
        }
        await self._session.execute(_PUT, row)

    async def known(
        self, document_id: UUID, contents: Sequence[str], model: str
    ) -> list[Embedding]:
        asked = {"document_id": document_id, "contents": list(contents), "model": model}
        found = await self._session.execute(_KNOWN, asked)
        return [Embedding(row.content, bytes(row.vector)) for row in found]

    async def keep(self, document_id: UUID, embeddings: Sequence[Embedding], model: str) -> None:
        if not embeddings:
            return
        given = {
            "document_id": document_id,
            "model": model,
            "contents": [one.content for one in embeddings],
            "vectors": [one.vector for one in embeddings],
        }
        await self._session.execute(_KEEP, given)

    async def forget(self, document_id: UUID) -> None:
        await self._session.execute(_FORGET_ALONE)
        await self._session.execute(_FORGET, {"document_id": document_id})
