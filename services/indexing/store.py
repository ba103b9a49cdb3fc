"""Jobs and embeddings in PostgreSQL; the only file here that knows SQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from services.indexing.model import Embedding, Job, Made, Stage
from shared.database import Store, Transaction, Unit
from shared.precedence import advance
from shared.queue import withdraw

_HOLD: Final = text(
    "INSERT INTO jobs (document_id, owner_id) VALUES (:document_id, :owner_id)"
    " ON CONFLICT (document_id) DO UPDATE SET document_id = excluded.document_id"
    " RETURNING *"
)
_PUT: Final = text(
    "UPDATE jobs SET stage = :stage, version = :version, passages = :passages,"
    " progress = :progress, told = :told, sequence = :sequence,"
    " objects = CAST(:objects AS uuid[]), made = :made, changed_at = now()"
    " WHERE document_id = :document_id"
).bindparams(bindparam("made", type_=JSONB(none_as_null=True)))
_MADE: Final = text(
    "SELECT * FROM jobs WHERE made IS NOT NULL AND stage <> 'cancelled'"
    " AND (CAST(:after AS uuid) IS NULL OR document_id > CAST(:after AS uuid))"
    " ORDER BY document_id LIMIT :most FOR UPDATE"
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
    "WITH gone AS (DELETE FROM uses WHERE document_id = :document_id AND model <> :but"
    " RETURNING model, content)"
    " DELETE FROM embeddings USING gone"
    " WHERE embeddings.model = gone.model AND embeddings.content = gone.content"
    " AND NOT EXISTS ("
    "  SELECT 1 FROM uses WHERE uses.model = gone.model AND uses.content = gone.content"
    "  AND uses.document_id <> :document_id)"
)
_REFERRED_TO: Final = text(
    "SELECT held FROM (SELECT unnest(objects) AS held FROM jobs) AS made"
    " WHERE held = ANY(CAST(:ids AS uuid[]))"
)
_JOBS: Final = text(
    "SELECT document_id FROM jobs WHERE stage <> 'forgotten' OR objects <> '{}'"
    " UNION SELECT document_id FROM uses"
)
_UNUSED: Final = text(
    "SELECT content FROM embeddings WHERE NOT EXISTS (SELECT 1 FROM uses"
    " WHERE uses.model = embeddings.model AND uses.content = embeddings.content)"
)


class PostgresStore(Store["_PostgresTransaction"]):
    """The store in the service's own database."""

    def within(self, unit: Unit) -> "_PostgresTransaction":
        return _PostgresTransaction(unit)

    async def referred_to(self, object_ids: Sequence[UUID]) -> set[UUID]:
        """Tell to which of these objects a job refers."""
        async with self.database.reading() as session:
            found = await session.execute(_REFERRED_TO, {"ids": list(object_ids)})
            return set(found.scalars())

    async def jobs(self) -> set[UUID]:
        """Name every document that something is kept of."""
        async with self.database.reading() as session:
            return set((await session.execute(_JOBS)).scalars())

    async def unused(self) -> set[str]:
        """Name every embedded content that no document uses."""
        async with self.database.reading() as session:
            return set((await session.execute(_UNUSED)).scalars())


class _PostgresTransaction(Transaction):
    async def job(self, document_id: UUID, owner_id: UUID) -> Job:
        row = {"document_id": document_id, "owner_id": owner_id}
        return _job((await self._session.execute(_HOLD, row)).mappings().one())

    async def made(self, after: UUID | None, most: int) -> list[Job]:
        found = await self._session.execute(_MADE, {"after": after, "most": most})
        return [_job(row) for row in found.mappings()]

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
            "made": job.made and asdict(job.made) | {"object_id": str(job.made.object_id)},
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

    async def withdraw(self, document_id: UUID) -> None:
        await withdraw(self._session, str(document_id))

    async def advance(self, document_id: UUID) -> None:
        await advance(self._session, str(document_id))

    async def forget(self, document_id: UUID, *, but: str = "") -> None:
        await self._session.execute(_FORGET_ALONE)
        await self._session.execute(_FORGET, {"document_id": document_id, "but": but})


def _job(row: RowMapping) -> Job:
    made = row["made"]
    return Job(
        document_id=row["document_id"],
        owner_id=row["owner_id"],
        stage=Stage(row["stage"]),
        version=row["version"],
        passages=row["passages"],
        progress=row["progress"],
        told=row["told"],
        sequence=row["sequence"],
        objects=tuple(row["objects"]),
        made=Made(**(made | {"object_id": UUID(made["object_id"])})) if made else None,
    )
