"""Announced uploads as they are written down."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.document.model.allowance import Holdings
from services.document.model.upload import Upload
from services.document.store.tables import uploads
from shared.database import Transaction


class PostgresUploads(Transaction):
    """Uploads on their way, and for a while those that made a document."""

    async def begin_upload(self, upload: Upload, now: datetime) -> Upload:
        """Keep it; the statement waits for whoever begins one under the same key just now."""
        if upload.key is not None:
            await self._session.execute(
                delete(uploads).where(
                    uploads.c.owner_id == upload.owner_id,
                    uploads.c.key == upload.key,
                    uploads.c.expires_at <= now,
                )
            )
        row = {**asdict(upload), "tags": list(upload.tags)}
        await self._session.execute(insert(uploads).values(row).on_conflict_do_nothing())
        query = select(uploads).where(uploads.c.id == upload.id)
        if upload.key is not None:
            query = select(uploads).where(
                uploads.c.owner_id == upload.owner_id, uploads.c.key == upload.key
            )
        return _upload((await self._session.execute(query)).mappings().one())

    async def upload(self, upload_id: UUID) -> Upload | None:
        query = select(uploads).where(uploads.c.id == upload_id).with_for_update()
        row = (await self._session.execute(query)).mappings().first()
        return _upload(row) if row is not None else None

    async def put_upload(self, upload: Upload) -> None:
        row = {**asdict(upload), "tags": list(upload.tags)}
        await self._session.execute(update(uploads).where(uploads.c.id == upload.id).values(row))

    async def drop_upload(self, upload_id: UUID) -> None:
        await self._session.execute(delete(uploads).where(uploads.c.id == upload_id))

    async def coming(self, owner_id: UUID, now: datetime) -> Holdings:
        query = select(func.count(), func.coalesce(func.sum(uploads.c.size), 0)).where(
            uploads.c.owner_id == owner_id,
            uploads.c.document_id.is_(None),
            uploads.c.expires_at > now,
        )
        count, size = (await self._session.execute(query)).one()
        return Holdings(documents=int(count), size=int(size))

    async def expire_uploads(self, now: datetime) -> int:
        late = delete(uploads).where(uploads.c.expires_at <= now).returning(uploads.c.id)
        return len((await self._session.execute(late)).all())


def _upload(row: RowMapping) -> Upload:
    return Upload(**{**row, "tags": tuple(row["tags"])})
