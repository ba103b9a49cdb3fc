"""Notifications in PostgreSQL; the only file here that knows SQL."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from services.notification.model import (
    FEW,
    Audience,
    Batch,
    Channels,
    Notification,
    NotificationNotFound,
    Slice,
    Tally,
    Thing,
)
from shared.connections import Session
from shared.database import Database, Store, Unit
from shared.rebuilds import Rebuildable

BETWEEN: Final = 0.9
"""Seconds within which nobody is told a second time, whichever replica would."""

_THING: Final = "id, sequence, gone, owner_id, status, progress, counted, waiting"
_HOLD: Final = text(
    "INSERT INTO things (id) VALUES (:id) ON CONFLICT (id) DO UPDATE SET id = excluded.id"  # noqa: S608
    f" RETURNING {_THING}"
)
_KEEP: Final = text(
    "UPDATE things SET sequence = :sequence, gone = :gone, owner_id = :owner_id, status = :status,"
    " progress = :progress, counted = :counted, ended = :ended, waiting = :waiting WHERE id = :id"
)
# What comes late is no news: it changes nothing, and no id comes back.
_MOVE: Final = text(
    "INSERT INTO things (id, sequence, owner_id, status, progress, counted, ended, waiting)"
    " VALUES (:id, :sequence, :owner_id, :status, :progress, :counted, :ended, :waiting)"
    " ON CONFLICT (id) DO UPDATE SET sequence = greatest(things.sequence, excluded.sequence),"
    " owner_id = excluded.owner_id, status = excluded.status, progress = excluded.progress,"
    " counted = excluded.counted, ended = excluded.ended, waiting = excluded.waiting"
    " WHERE NOT things.gone AND (excluded.sequence = 0 OR excluded.sequence > things.sequence)"
    " RETURNING id"
)
_AUDIENCE: Final = text(
    "SELECT (SELECT families FROM preferences WHERE user_id = :id) AS families,"
    " (SELECT count(*) FROM (SELECT 1 FROM things WHERE owner_id = :id AND counted AND NOT ended"
    "  LIMIT :most) AS enough) AS in_work,"
    " EXISTS (SELECT 1 FROM summaries WHERE owner_id = :id) AS summed_up,"
    " coalesce((SELECT gone FROM things WHERE id = :about), false) AS gone"
)
_PREFER: Final = text(
    "INSERT INTO preferences (user_id, families) VALUES (:id, :families)"
    " ON CONFLICT (user_id) DO UPDATE SET families = excluded.families"
).bindparams(bindparam("families", type_=JSONB))
_OWNERS: Final = text(
    "SELECT owner_id FROM things WHERE counted GROUP BY owner_id"
    " HAVING bool_or(ended) OR bool_or(waiting) OR count(*) > :few"
    " OR EXISTS (SELECT 1 FROM summaries WHERE summaries.owner_id = things.owner_id)"
)
_TURN: Final = text(
    "SELECT pg_try_advisory_xact_lock(hashtextextended(CAST(CAST(:id AS uuid) AS text), 0))"
)
_TOLD: Final = text(
    "SELECT told, told_at > now() - make_interval(secs => :between) AS recent"
    " FROM summaries WHERE owner_id = :id"
)
_TALLY: Final = text(
    "SELECT count(*) FILTER (WHERE status = 'ready') AS ready,"
    " count(*) FILTER (WHERE status IN ('failed', 'quarantined')) AS failed,"
    " count(*) FILTER (WHERE status = 'cancelled') AS cancelled,"
    " count(*) FILTER (WHERE NOT ended) AS processing,"
    " coalesce(floor(avg(CASE WHEN ended THEN 100 ELSE progress END)), 0)::int AS progress"
    " FROM things WHERE owner_id = :id AND counted"
)
_TELL: Final = text(
    "INSERT INTO summaries (owner_id, told, told_at) VALUES (:id, :told, now())"
    " ON CONFLICT (owner_id) DO UPDATE SET told = excluded.told, told_at = excluded.told_at"
).bindparams(bindparam("told", type_=JSONB))
# What a handler holds just now is passed over; the next look finds it.
_RELEASE: Final = text(
    "UPDATE things SET counted = false WHERE id IN"
    " (SELECT id FROM things WHERE owner_id = :id AND counted AND ended FOR UPDATE SKIP LOCKED)"
)
_OVER: Final = text("DELETE FROM summaries WHERE owner_id = :id")
_WAITING: Final = text(
    f"SELECT {_THING} FROM things WHERE owner_id = :id AND counted AND NOT ended AND waiting"  # noqa: S608
    " ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED"
)
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
_THINGS: Final = text(
    "SELECT DISTINCT about, split_part(type, '.', 1) AS family FROM notifications"
)
_REMOVE: Final = text("DELETE FROM notifications WHERE about = :about")


@dataclass(slots=True)
class _Known:
    """What one transaction knows of people: the verbs that share it need not all ask."""

    session: Session | None = None
    _people: dict[UUID, Audience] = field(default_factory=dict)
    _gone: dict[UUID | None, bool] = field(default_factory=dict)

    def audience(self, user_id: UUID, about: UUID | None) -> Audience | None:
        person, gone = self._people.get(user_id), self._gone.get(about)
        return None if person is None or gone is None else replace(person, gone=gone)

    def learn(self, user_id: UUID, about: UUID | None, audience: Audience) -> None:
        self._people[user_id] = audience
        self._gone |= {None: False, about: audience.gone}

    def count(self, user_id: UUID | None) -> None:
        """Have one more in work, or perhaps not; who may be busy by that is asked about again."""
        person = self._people.pop(user_id, None) if user_id else None
        if user_id and person is not None and person.in_work < FEW:
            self._people[user_id] = replace(person, in_work=person.in_work + 1)

    def forget(self) -> None:
        self._people.clear()


class PostgresStore(Store["_PostgresTransaction"]):
    """The store in the service's own database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._known = _Known()

    def within(self, unit: Unit) -> "_PostgresTransaction":
        if self._known.session is not unit.session:
            self._known = _Known(unit.session)
        return _PostgresTransaction(unit, self._known)

    async def owners_of_batches(self) -> list[UUID]:
        return list((await self.database.ask(_OWNERS, {"few": FEW})).scalars())

    async def things(self) -> dict[str, set[UUID]]:
        """Name what there are notifications about, by family."""
        found: dict[str, set[UUID]] = {}
        for row in await self.database.ask(_THINGS):
            found.setdefault(row.family, set()).add(row.about)
        return found


class _PostgresTransaction(Rebuildable):
    def __init__(self, unit: Unit, known: _Known) -> None:
        super().__init__(unit)
        self._known = known

    async def thing(self, thing_id: UUID) -> Thing:
        found = await self._session.execute(_HOLD, {"id": thing_id})
        return Thing(**found.mappings().one())

    async def move(self, thing: Thing) -> bool:
        row = asdict(thing) | {"ended": thing.ended}
        moved = (await self._session.execute(_MOVE, row)).first() is not None
        if moved:
            self._known.count(thing.owner_id)
        return moved

    async def keep(self, thing: Thing) -> None:
        self._known.forget()
        await self._session.execute(_KEEP, asdict(thing) | {"ended": thing.ended})

    async def audience(self, user_id: UUID, about: UUID | None = None) -> Audience:
        if (known := self._known.audience(user_id, about)) is not None:
            return known
        asked = {"id": user_id, "about": about, "most": FEW + 1}
        found = await self._session.execute(_AUDIENCE, asked)
        row = found.mappings().one()
        families = {name: Channels(**told) for name, told in (row["families"] or {}).items()}
        audience = Audience(families, row["in_work"], row["gone"], row["summed_up"])
        self._known.learn(user_id, about, audience)
        return audience

    async def prefer(self, user_id: UUID, families: Mapping[str, Channels]) -> None:
        self._known.forget()
        told = {name: asdict(channels) for name, channels in families.items()}
        await self._session.execute(_PREFER, {"id": user_id, "families": told})

    async def batch(self, owner_id: UUID) -> Batch | None:
        key = {"id": owner_id}
        if not (await self._session.execute(_TURN, key)).scalar_one():
            return None
        told = (await self._session.execute(_TOLD, key | {"between": BETWEEN})).mappings().first()
        if told is not None and told["recent"]:
            return None
        tally = Tally(**(await self._session.execute(_TALLY, key)).mappings().one())
        return Batch(tally, Tally(**told["told"]) if told else None)

    async def tell(self, owner_id: UUID, tally: Tally) -> None:
        await self._session.execute(_TELL, {"id": owner_id, "told": asdict(tally)})

    async def release(self, owner_id: UUID, *, over: bool) -> None:
        await self._session.execute(_RELEASE, {"id": owner_id})
        if over:
            await self._session.execute(_OVER, {"id": owner_id})

    async def waiting(self, owner_id: UUID, most: int) -> list[Thing]:
        found = await self._session.execute(_WAITING, {"id": owner_id, "most": most})
        return [Thing(**row) for row in found.mappings()]

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
        return bool(stored.scalar_one_or_none() == one.id)

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
