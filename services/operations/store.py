"""Dead letters in PostgreSQL; the only file here that knows SQL."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from services.operations.model import (
    Death,
    Failure,
    Group,
    Letter,
    LetterNotFound,
    Plan,
    State,
    Wanted,
)
from shared.database import Store, Transaction, Unit

_FIELDS: Final = (
    "durable",
    "message_id",
    "generation",
    "service",
    "type",
    "key",
    "correlation",
    "headers",
    "body",
    "edited",
    "fingerprint",
    "kind",
    "code",
    "detail",
    "pointer",
    "attempts",
    "state",
    "redrives",
    "plan",
    "due_at",
    "first_seen",
    "last_seen",
    "ended_at",
)
_WHERE: Final = (
    " (CAST(:fingerprint AS text) IS NULL OR fingerprint = :fingerprint)"
    " AND (CAST(:service AS text) IS NULL OR service = :service)"
    " AND (CAST(:type AS text) IS NULL OR type = :type)"
    " AND (CAST(:kind AS text) IS NULL OR kind = :kind)"
    " AND (CAST(:state AS text) IS NULL OR state = :state)"
    " AND (CAST(:died_before AS timestamptz) IS NULL OR last_seen < :died_before)"
)
_GET: Final = text("SELECT * FROM letters WHERE id = :id FOR UPDATE")
_OF: Final = text(
    "SELECT * FROM letters WHERE durable = :durable AND message_id = :message_id"
    " AND generation = :generation FOR UPDATE"
)
# Two that keep the same first death at once: the second finds the first, and changes nothing.
_PUT: Final = text(
    f"INSERT INTO letters (id, {', '.join(_FIELDS)})"  # noqa: S608  # of our own words only
    f" VALUES (:id, {', '.join(f':{name}' for name in _FIELDS)})"
    " ON CONFLICT ON CONSTRAINT one_for_each_listener DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _FIELDS)
    + " WHERE letters.id = excluded.id"
).bindparams(bindparam("headers", type_=JSONB))
_FIND: Final = text(
    f"SELECT * FROM letters WHERE {_WHERE}"  # noqa: S608  # of our own words only
    " AND (CAST(:before AS uuid) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
)
_GROUPS: Final = text(
    "SELECT fingerprint,"  # noqa: S608  # of our own words only
    " array_agg(DISTINCT service) AS services, array_agg(DISTINCT type) AS types,"
    " count(*) FILTER (WHERE state = 'waiting') AS waiting,"
    " count(*) FILTER (WHERE state = 'redriven') AS redriven,"
    " count(*) FILTER (WHERE state = 'discarded') AS discarded,"
    " min(first_seen) AS first_seen, max(last_seen) AS last_seen,"
    " (array_agg(kind ORDER BY last_seen DESC))[1] AS kind,"
    " (array_agg(code ORDER BY last_seen DESC))[1] AS code,"
    " (array_agg(detail ORDER BY last_seen DESC))[1] AS detail,"
    " (array_agg(pointer ORDER BY last_seen DESC))[1] AS pointer,"
    " max(attempts) AS attempts"
    f" FROM letters WHERE {_WHERE}"
    " GROUP BY fingerprint ORDER BY max(last_seen) DESC, fingerprint LIMIT :limit"
)
_SCHEDULE: Final = text(
    "WITH changed AS (UPDATE letters SET plan = :plan, due_at = planned.due_at FROM ("  # noqa: S608  # of our own words only
    "  SELECT id, CAST(:start AS timestamptz)"
    "   + make_interval(secs => (row_number() OVER (ORDER BY id) - 1) / CAST(:rate AS float))"
    "   AS due_at"
    f"  FROM letters WHERE {_WHERE} AND state = 'waiting'"
    "   AND (CAST(:plan AS text) = 'discard' OR headers ? 'ce-id')"
    ") AS planned WHERE letters.id = planned.id AND letters.state = 'waiting'"
    " RETURNING 1) SELECT count(*) FROM changed"
)
_DUE: Final = text(
    "SELECT * FROM letters WHERE due_at <= :now AND state = 'waiting'"
    " ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_FORGET: Final = text("DELETE FROM letters WHERE state <> 'waiting' AND ended_at < :before")
_WAITING: Final = text(
    "SELECT service, kind, count(*) AS letters FROM letters WHERE state = 'waiting'"
    " GROUP BY service, kind"
)


class PostgresStore(Store["_PostgresTransaction"]):
    """The store in the service's own database."""

    def within(self, unit: Unit) -> "_PostgresTransaction":
        return _PostgresTransaction(unit)


class _PostgresTransaction(Transaction):
    async def get(self, letter_id: UUID) -> Letter:
        found = await self._session.execute(_GET, {"id": letter_id})
        row = found.mappings().one_or_none()
        if row is None:
            raise LetterNotFound(f"There is no dead letter {letter_id}; its time may be over.")
        return _letter(row)

    async def of(self, death: Death) -> Letter | None:
        where = {
            "durable": death.durable,
            "message_id": death.message_id,
            "generation": death.generation,
        }
        row = (await self._session.execute(_OF, where)).mappings().one_or_none()
        return None if row is None else _letter(row)

    async def put(self, letter: Letter) -> None:
        await self._session.execute(_PUT, _row(letter))

    async def find(self, wanted: Wanted, limit: int, before: UUID | None = None) -> list[Letter]:
        where = _where(wanted) | {"limit": limit, "before": before}
        return [_letter(row) for row in (await self._session.execute(_FIND, where)).mappings()]

    async def groups(self, wanted: Wanted, limit: int) -> list[Group]:
        found = await self._session.execute(_GROUPS, _where(wanted) | {"limit": limit})
        return [_group(row) for row in found.mappings()]

    async def schedule(self, wanted: Wanted, plan: Plan, start: datetime, rate: float) -> int:
        given = _where(wanted) | {"plan": plan.value, "start": start, "rate": rate}
        return int((await self._session.execute(_SCHEDULE, given)).scalar_one())

    async def due(self, now: datetime) -> Letter | None:
        row = (await self._session.execute(_DUE, {"now": now})).mappings().one_or_none()
        return None if row is None else _letter(row)

    async def forget(self, ended_before: datetime) -> None:
        await self._session.execute(_FORGET, {"before": ended_before})

    async def waiting(self) -> dict[tuple[str, str], int]:
        found = await self._session.execute(_WAITING)
        return {(row.service, row.kind): row.letters for row in found}


def _where(wanted: Wanted) -> dict[str, object]:
    return {
        "fingerprint": wanted.fingerprint,
        "service": wanted.service,
        "type": wanted.type,
        "kind": wanted.kind,
        "state": wanted.state,
        "died_before": wanted.died_before,
    }


def _row(letter: Letter) -> dict[str, object]:
    death, failure = letter.death, letter.death.failure
    return {
        "id": letter.id,
        "durable": death.durable,
        "message_id": death.message_id,
        "generation": death.generation,
        "service": death.service,
        "type": death.type,
        "key": death.key,
        "correlation": death.correlation,
        "headers": death.headers,
        "body": death.body,
        "edited": letter.edited,
        "fingerprint": failure.fingerprint,
        "kind": failure.kind,
        "code": failure.code,
        "detail": failure.detail,
        "pointer": failure.pointer,
        "attempts": failure.attempts,
        "state": letter.state.value,
        "redrives": letter.redrives,
        "plan": letter.plan.value if letter.plan else None,
        "due_at": letter.due_at,
        "first_seen": letter.first_seen,
        "last_seen": death.at,
        "ended_at": letter.ended_at,
    }


def _letter(row: RowMapping) -> Letter:
    death = Death(
        durable=row["durable"],
        service=row["service"],
        message_id=row["message_id"],
        generation=row["generation"],
        type=row["type"],
        key=row["key"],
        correlation=row["correlation"],
        headers=dict(row["headers"]),
        body=bytes(row["body"]),
        failure=_failure(row),
        at=row["last_seen"],
    )
    return Letter(
        id=row["id"],
        death=death,
        first_seen=row["first_seen"],
        state=State(row["state"]),
        edited=None if row["edited"] is None else bytes(row["edited"]),
        redrives=row["redrives"],
        plan=Plan(row["plan"]) if row["plan"] else None,
        due_at=row["due_at"],
        ended_at=row["ended_at"],
    )


def _failure(row: RowMapping) -> Failure:
    return Failure(
        code=row["code"],
        detail=row["detail"],
        pointer=row["pointer"],
        fingerprint=row["fingerprint"],
        kind=row["kind"],
        attempts=row["attempts"],
    )


def _group(row: RowMapping) -> Group:
    return Group(
        fingerprint=row["fingerprint"],
        latest=_failure(row),
        services=row["services"],
        types=row["types"],
        counts={state: row[state.value] for state in State},
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
    )
