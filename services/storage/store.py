"""PostgreSQL: where objects are written down."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    or_,
    select,
)

from contracts.storage import ObjectKind
from services.storage.model.announced import Announced
from services.storage.model.stored import Place, Refusal, Spot, State, StoredObject
from shared.database import Store, Transaction, Unit
from shared.precedence import advance
from shared.rows import inserting, updating

_UNCLAIMED: Final = (State.EXPECTED.value, State.ARRIVED.value)
_AWAITED: Final = (*_UNCLAIMED, State.CHECKING.value)
_CLAIMED: Final = (State.CHECKING.value, State.STORED.value, State.REFUSED.value)

objects: Final = Table(
    "objects",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid),
    Column("kind", String),
    Column("media_type", String),
    Column("incoming", String),
    Column("sealed", String),
    Column("created_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("repeat_key", String),
    Column("state", String),
    Column("version", Integer),
    Column("upload_id", String),
    Column("size", BigInteger),
    Column("sha256", String),
    Column("refusal_code", String),
    Column("refusal_detail", String),
    Column("quarantined", Boolean),
    Column("erased", Boolean),
    Column("announced", BigInteger),
    Column("part_size", BigInteger),
)
turns: Final = Table("turns", MetaData(), Column("key", String))
"""The checks that wait or are being done, by the ids of their objects."""
_ADD: Final = inserting(objects, "ON CONFLICT DO NOTHING RETURNING id")
_PUT: Final = updating(objects)
_LOOK: Final = select(objects).where(objects.c.id == bindparam("wanted"))


class PostgresStore(Store["_PostgresTransaction"]):
    """A `Store` in the service's own database."""

    def within(self, unit: Unit) -> "_PostgresTransaction":
        return _PostgresTransaction(unit)

    async def look(self, object_id: UUID) -> StoredObject | None:
        """Look an object up, in one trip."""
        row = (await self.database.ask(_LOOK, {"wanted": object_id})).first()
        return None if row is None else _object(row)

    async def add(self, stored: StoredObject) -> None:
        """Write an object down, in one trip."""
        await self.database.ask(_ADD, _row(stored))


class _PostgresTransaction(Transaction):
    async def add(self, stored: StoredObject) -> StoredObject:
        added = await self._session.execute(_ADD, _row(stored))
        if added.first() is not None:
            return stored
        repeated = and_(
            objects.c.owner_id == stored.owner_id,
            objects.c.repeat_key.is_not(None),  # None would find all that came without one
            objects.c.repeat_key == stored.repeat_key,
            objects.c.state != State.DELETED.value,
        )
        known = select(objects).where(or_(objects.c.id == stored.id, repeated))
        return _object((await self._session.execute(known)).mappings().one())

    async def find(self, object_id: UUID) -> StoredObject | None:
        asked = select(objects).where(objects.c.id == object_id).with_for_update()
        row = (await self._session.execute(asked)).mappings().one_or_none()
        return None if row is None else _object(row)

    async def put(self, stored: StoredObject) -> None:
        await self._session.execute(_PUT, _row(stored))

    async def advance(self, object_id: UUID) -> None:
        await advance(self._session, str(object_id))

    async def unclaimed(self, before: datetime, limit: int) -> Sequence[StoredObject]:
        asked = (
            select(objects)
            .where(
                or_(
                    and_(
                        objects.c.state.in_(_UNCLAIMED),
                        objects.c.expires_at < before,
                        ~exists().where(turns.c.key == cast(objects.c.id, String)),
                    ),
                    and_(
                        objects.c.state == State.REFUSED.value,
                        objects.c.upload_id.is_not(None),
                        ~objects.c.quarantined,
                    ),
                    and_(
                        objects.c.state == State.REFUSED.value,
                        objects.c.incoming == objects.c.sealed,
                        ~objects.c.erased,
                        ~objects.c.quarantined,
                    ),
                )
            )
            .order_by(objects.c.expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [_object(row) for row in (await self._session.execute(asked)).mappings()]

    async def at(self, incoming: Sequence[str]) -> Sequence[StoredObject]:
        return await self._where(objects.c.incoming.in_(incoming))

    async def gathering(self, upload_ids: Sequence[str]) -> Sequence[StoredObject]:
        return await self._where(objects.c.upload_id.in_(upload_ids))

    async def kept(self, object_ids: Sequence[UUID]) -> set[UUID]:
        asked = select(objects.c.id).where(
            objects.c.id.in_(object_ids), objects.c.state != State.DELETED.value
        )
        return set((await self._session.execute(asked)).scalars())

    async def claimed(self, after: UUID | None, *, limit: int) -> Sequence[UUID]:
        asked = (
            select(objects.c.id)
            .where(objects.c.state.in_(_CLAIMED))
            .order_by(objects.c.id)
            .limit(limit)
        )
        if after is not None:
            asked = asked.where(objects.c.id > after)
        return (await self._session.execute(asked)).scalars().all()

    async def overdue(self, before: datetime) -> Sequence[UUID]:
        asked = select(objects.c.id).where(
            or_(
                and_(objects.c.state == State.DELETED.value, ~objects.c.erased),
                and_(objects.c.state.in_(_UNCLAIMED), objects.c.expires_at < before),
            )
        )
        return (await self._session.execute(asked)).scalars().all()

    async def accounted(self, spots: Sequence[Spot]) -> set[Spot]:
        found: set[Spot] = set()
        for place, column, states in (
            (Place.INCOMING, objects.c.incoming, _AWAITED),
            (Place.SEALED, objects.c.sealed, (*_UNCLAIMED, *_CLAIMED)),
        ):
            keys = [spot.key for spot in spots if spot.place is place]
            asked = select(column).where(column.in_(keys), objects.c.state.in_(states))
            known = (await self._session.execute(asked)).scalars()
            found.update(Spot(place, key) for key in known)
        return found

    async def gathered(self, upload_ids: Sequence[str]) -> set[str]:
        asked = select(objects.c.upload_id).where(
            objects.c.upload_id.in_(upload_ids), objects.c.state != State.DELETED.value
        )
        return set((await self._session.execute(asked)).scalars())

    async def _where(self, those: ColumnElement[bool]) -> Sequence[StoredObject]:
        found = await self._session.execute(select(objects).where(those))
        return [_object(row) for row in found.mappings()]


def _row(stored: StoredObject) -> dict[str, Any]:
    return {
        "id": stored.id,
        "owner_id": stored.owner_id,
        "kind": stored.kind.value,
        "media_type": stored.media_type,
        "incoming": stored.incoming,
        "sealed": stored.sealed,
        "created_at": stored.created_at,
        "expires_at": stored.expires_at,
        "repeat_key": stored.repeat_key,
        "state": stored.state.value,
        "version": stored.version,
        "upload_id": stored.upload_id,
        "size": stored.size,
        "sha256": stored.sha256,
        "refusal_code": stored.refusal.code if stored.refusal else None,
        "refusal_detail": stored.refusal.detail if stored.refusal else None,
        "quarantined": stored.refusal.quarantined if stored.refusal else False,
        "erased": stored.erased,
        "announced": stored.announced.size if stored.announced else None,
        "part_size": stored.announced.part_size if stored.announced else None,
    }


def _object(row: RowMapping) -> StoredObject:
    refusal = None
    if row["refusal_code"] is not None:
        refusal = Refusal(row["refusal_code"], row["refusal_detail"], row["quarantined"])
    return StoredObject(
        id=row["id"],
        owner_id=row["owner_id"],
        kind=ObjectKind(row["kind"]),
        media_type=row["media_type"],
        incoming=row["incoming"],
        sealed=row["sealed"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        repeat_key=row["repeat_key"],
        state=State(row["state"]),
        version=row["version"],
        upload_id=row["upload_id"],
        size=row["size"],
        sha256=row["sha256"],
        refusal=refusal,
        erased=row["erased"],
        announced=_announced(row),
    )


def _announced(row: RowMapping) -> Announced | None:
    if row["announced"] is None:
        return None
    return Announced(row["announced"], row["part_size"])
