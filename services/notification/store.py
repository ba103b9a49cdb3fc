"""Notifications in PostgreSQL; the only file here that knows SQL."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from services.notification.model import Notification, NotificationNotFound, Slice, Thing
from shared.database import Store, Transaction, Unit

_HOLD: Final = text(
    "INSERT INTO things (id) VALUES (:id) ON CONFLICT (id) DO UPDATE SET id = excluded.id"
    " RETURNING id, sequence, gone"
)
_KEEP: Final = text("UPDATE things SET sequence = :sequence, gone = :gone WHERE id = :id")
# The row's own id comes back only if it is the one that was given, so only for the first.
_PUT: Final = text(
    "INSERT INTO notifications"
    " (id, user_id, type, about, title, data, sequence, created_at, read_at)"
    " VALUES (:id, :user_id, :type, :about, :title, :data, :sequence, :created_at, :read_at)"
    " ON CONFLICT ON CONSTRAINT told_once DO UPDATE"
    " SET title = excluded.title, data = excluded.data, sequence = excluded.sequence"
    " WHERE notifications.sequence < excluded.sequence"
    " RETURNING id"
).bindparams(bindparam("data", type_=JSONB))
_GET: Final = text("SELECT * FROM notifications WHERE id = :id AND user_id = :user_id")
_FIND: Final = text(
    "SELECT * FROM notifications WHERE user_id = :user_id"
    " AND (CAST(:before AS uuid) IS NULL OR id < CAST(:before AS uuid))"
    " AND (CAST(:unread AS boolean) IS NULL OR (read_at IS NULL) = CAST(:unread AS boolean))"
    " ORDER BY id DESC LIMIT :limit"
)
_READ: Final = text("UPDATE notifications SET read_at = :read_at WHERE id = :id")
_READ_ALL: Final = text(
    "UPDATE notifications SET read_at = :at WHERE user_id = :user_id AND read_at IS NULL"
)
_UNREAD: Final = text(
    "SELECT count(*) FROM notifications WHERE user_id = :user_id AND read_at IS NULL"
)
_RETITLE: Final = text("UPDATE notifications SET title = :title WHERE about = :about")
_REMOVE: Final = text("DELETE FROM notifications WHERE about = :about")


class PostgresStore(Store["_PostgresTransaction"]):
    """The store in the service's own database."""

    def within(self, unit: Unit) -> "_PostgresTransaction":
        return _PostgresTransaction(unit)


class _PostgresTransaction(Transaction):
    async def thing(self, thing_id: UUID) -> Thing:
        found = await self._session.execute(_HOLD, {"id": thing_id})
        return Thing(**found.mappings().one())

    async def keep(self, thing: Thing) -> None:
        row = {"id": thing.id, "sequence": thing.sequence, "gone": thing.gone}
        await self._session.execute(_KEEP, row)

    async def put(self, notification: Notification) -> bool:
        one = notification
        row = {
            "id": one.id,
            "user_id": one.user_id,
            "type": one.type,
            "about": one.about,
            "title": one.title,
            "data": dict(one.data),
            "sequence": one.sequence,
            "created_at": one.created_at,
            "read_at": one.read_at,
        }
        stored = await self._session.execute(_PUT, row)
        return stored.scalar_one_or_none() == one.id

    async def get(self, notification_id: UUID, *, of: UUID) -> Notification:
        found = await self._session.execute(_GET, {"id": notification_id, "user_id": of})
        row = found.mappings().one_or_none()
        if row is None:
            raise NotificationNotFound(f"You have no notification {notification_id}.")
        return _notification(row)

    async def find(self, wanted: Slice, *, of: UUID) -> list[Notification]:
        where = {
            "user_id": of,
            "before": wanted.before,
            "unread": wanted.unread,
            "limit": wanted.limit,
        }
        found = await self._session.execute(_FIND, where)
        return [_notification(row) for row in found.mappings()]

    async def read(self, notification: Notification) -> None:
        row = {"id": notification.id, "read_at": notification.read_at}
        await self._session.execute(_READ, row)

    async def read_all(self, at: datetime, *, of: UUID) -> None:
        await self._session.execute(_READ_ALL, {"at": at, "user_id": of})

    async def unread(self, *, of: UUID) -> int:
        counted = await self._session.execute(_UNREAD, {"user_id": of})
        return int(counted.scalar_one())

    async def retitle(self, about: UUID, title: str) -> None:
        await self._session.execute(_RETITLE, {"about": about, "title": title})

    async def remove(self, about: UUID) -> None:
        await self._session.execute(_REMOVE, {"about": about})


def _notification(row: RowMapping) -> Notification:
    return Notification(**row)
