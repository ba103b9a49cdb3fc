"""PostgreSQL: where people, sessions and signing keys are written down."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    LargeBinary,
    MetaData,
    RowMapping,
    Select,
    String,
    Table,
    Uuid,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.identity.model import EmailTaken, Person, Remembered, Renewal, Role, Session
from services.identity.ports import SigningKey
from shared.database import Store, Transaction, Unit

_FIRST_PERSON: Final = 1
_FIRST_KEY: Final = 2
_METADATA: Final = MetaData()
_MOMENT: Final = DateTime(timezone=True)

people: Final = Table(
    "people",
    _METADATA,
    Column("id", Uuid, primary_key=True),
    Column("email", String),
    Column("name", String),
    Column("role", String),
    Column("password_hash", String),
    Column("created_at", _MOMENT),
)
sessions: Final = Table(
    "sessions",
    _METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid),
    Column("created_at", _MOMENT),
    Column("ended_at", _MOMENT),
)
renewals: Final = Table(
    "renewals",
    _METADATA,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("session_id", Uuid),
    Column("expires_at", _MOMENT),
    Column("used_at", _MOMENT),
)
idempotency: Final = Table(
    "idempotency_keys",
    _METADATA,
    Column("key", String, primary_key=True),
    Column("user_id", Uuid),
    Column("fingerprint", LargeBinary),
    Column("created_at", _MOMENT),
)
keys: Final = Table(
    "signing_keys",
    _METADATA,
    Column("kid", String, primary_key=True),
    Column("jwk", JSONB),
    Column("private", LargeBinary),
    Column("sealed", Boolean),
    Column("created_at", _MOMENT),
)


class PostgresStore(Store["_PostgresTransaction"]):
    """A `Store` in the service's own database."""

    def within(self, unit: Unit) -> "_PostgresTransaction":
        return _PostgresTransaction(unit)


class _PostgresTransaction(Transaction):
    async def first(self) -> bool:
        if await self._anybody():
            return False
        await self._session.execute(select(func.pg_advisory_xact_lock(_FIRST_PERSON)))
        return not await self._anybody()

    async def add_person(self, person: Person) -> None:
        added = await self._session.execute(
            insert(people)
            .values(
                id=person.id,
                email=person.email,
                name=person.name,
                role=person.role.value,
                password_hash=person.password_hash,
                created_at=person.created_at,
            )
            .on_conflict_do_nothing(index_elements=["email"])
            .returning(people.c.id)
        )
        if added.first() is None:
            raise EmailTaken

    async def person(self, person_id: UUID) -> Person | None:
        row = await self._one(select(people).where(people.c.id == person_id))
        return None if row is None else _person(row)

    async def person_of(self, email: str) -> Person | None:
        row = await self._one(select(people).where(people.c.email == email))
        return None if row is None else _person(row)

    async def put_password(self, person_id: UUID, password_hash: str) -> None:
        await self._session.execute(
            update(people).where(people.c.id == person_id).values(password_hash=password_hash)
        )

    async def remembered(self, key: str, since: datetime) -> Remembered | None:
        asked = select(idempotency).where(
            idempotency.c.key == key, idempotency.c.created_at > since
        )
        row = await self._one(asked)
        return None if row is None else Remembered(row["user_id"], row["fingerprint"])

    async def remember(
        self, key: str, remembered: Remembered, *, since: datetime, now: datetime
    ) -> bool:
        values = {
            "user_id": remembered.user_id,
            "fingerprint": remembered.fingerprint,
            "created_at": now,
        }
        kept = await self._session.execute(
            insert(idempotency)
            .values(key=key, **values)
            .on_conflict_do_update(
                index_elements=["key"], set_=values, where=idempotency.c.created_at <= since
            )
            .returning(idempotency.c.key)
        )
        return kept.first() is not None

    async def add_session(self, session: Session) -> None:
        await self._session.execute(insert(sessions).values(_session_row(session)))

    async def session(self, session_id: UUID) -> Session | None:
        asked = select(sessions).where(sessions.c.id == session_id).with_for_update()
        row = await self._one(asked)
        return None if row is None else _session(row)

    async def put_session(self, session: Session) -> None:
        await self._session.execute(
            update(sessions).where(sessions.c.id == session.id).values(_session_row(session))
        )

    async def ended_since(self, since: datetime) -> Sequence[Session]:
        asked = select(sessions).where(sessions.c.ended_at > since).order_by(sessions.c.ended_at)
        return [_session(row) for row in (await self._session.execute(asked)).mappings()]

    async def add_renewal(self, renewal: Renewal) -> None:
        await self._session.execute(insert(renewals).values(_renewal_row(renewal)))

    async def renewal(self, token_hash: bytes) -> Renewal | None:
        asked = select(renewals).where(renewals.c.token_hash == token_hash).with_for_update()
        row = await self._one(asked)
        return None if row is None else _renewal(row)

    async def put_renewal(self, renewal: Renewal) -> None:
        spent = update(renewals).where(renewals.c.token_hash == renewal.token_hash)
        await self._session.execute(spent.values(_renewal_row(renewal)))

    async def forget(self, before: datetime, keys_before: datetime) -> None:
        await self._session.execute(delete(renewals).where(renewals.c.expires_at < before))
        alive = exists().where(renewals.c.session_id == sessions.c.id)
        old = sessions.c.created_at < before
        await self._session.execute(delete(sessions).where(old, ~alive))
        stale = delete(idempotency).where(idempotency.c.created_at < keys_before)
        await self._session.execute(stale)

    async def signing_keys(self, *, hold: bool = False) -> Sequence[SigningKey]:
        if hold:
            await self._session.execute(select(func.pg_advisory_xact_lock(_FIRST_KEY)))
        asked = select(keys).order_by(keys.c.created_at.desc())
        return [_key(row) for row in (await self._session.execute(asked)).mappings()]

    async def put_signing_key(self, key: SigningKey) -> None:
        kept = {"private": key.private, "sealed": key.sealed}
        await self._session.execute(
            insert(keys)
            .values(kid=key.kid, jwk=key.jwk, created_at=key.created_at, **kept)
            .on_conflict_do_update(index_elements=["kid"], set_=kept)
        )

    async def _anybody(self) -> bool:
        found = await self._session.execute(select(exists(select(people.c.id))))
        return bool(found.scalar_one())

    async def _one(self, asked: Select[Any]) -> RowMapping | None:
        row: RowMapping | None = (await self._session.execute(asked)).mappings().one_or_none()
        return row


def _person(row: RowMapping) -> Person:
    return Person(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=Role(row["role"]),
        password_hash=row["password_hash"],
        created_at=row["created_at"],
    )


def _session(row: RowMapping) -> Session:
    return Session(row["id"], row["user_id"], row["created_at"], row["ended_at"])


def _session_row(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "user_id": session.user_id,
        "created_at": session.created_at,
        "ended_at": session.ended_at,
    }


def _renewal(row: RowMapping) -> Renewal:
    return Renewal(row["token_hash"], row["session_id"], row["expires_at"], row["used_at"])


def _renewal_row(renewal: Renewal) -> dict[str, Any]:
    return {
        "token_hash": renewal.token_hash,
        "session_id": renewal.session_id,
        "expires_at": renewal.expires_at,
        "used_at": renewal.used_at,
    }


def _key(row: RowMapping) -> SigningKey:
    return SigningKey(row["kid"], row["jwk"], row["private"], row["sealed"], row["created_at"])
