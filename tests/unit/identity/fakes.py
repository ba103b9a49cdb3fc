"""Fakes of identity's ports, held to the same behaviour as the real ones."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.identity.model import EmailTaken, Person, Remembered, Renewal, Role, Session
from services.identity.ports import SigningKey, Transaction
from services.identity.service import Lives
from shared.cause import Cause
from shared.messages import Message

LIVES = Lives(access=timedelta(seconds=900), refresh=timedelta(days=30))


@dataclass
class Rows:
    """Everything that is written down."""

    people: dict[UUID, Person] = field(default_factory=dict)
    sessions: dict[UUID, Session] = field(default_factory=dict)
    renewals: dict[bytes, Renewal] = field(default_factory=dict)
    remembered: dict[str, tuple[Remembered, datetime]] = field(default_factory=dict)
    keys: dict[str, SigningKey] = field(default_factory=dict)

    def copied(self) -> "Rows":
        return Rows(
            copy(self.people),
            copy(self.sessions),
            copy(self.renewals),
            copy(self.remembered),
            copy(self.keys),
        )


@dataclass
class FakeStore:
    """A store in memory; a block that fails leaves nothing behind."""

    rows: Rows = field(default_factory=Rows)
    said: list[Message] = field(default_factory=list)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        draft = _FakeTransaction(self.rows.copied())
        yield draft
        self.rows = draft.rows
        self.said += draft.said


@dataclass
class _FakeTransaction:
    rows: Rows
    said: list[Message] = field(default_factory=list)

    async def first(self) -> bool:
        return not self.rows.people

    async def add_person(self, person: Person) -> None:
        if await self.person_of(person.email) is not None:
            raise EmailTaken
        self.rows.people[person.id] = person

    async def person(self, person_id: UUID) -> Person | None:
        return self.rows.people.get(person_id)

    async def person_of(self, email: str) -> Person | None:
        return next((one for one in self.rows.people.values() if one.email == email), None)

    async def put_password(self, person_id: UUID, password_hash: str) -> None:
        person = self.rows.people[person_id]
        self.rows.people[person_id] = replace(person, password_hash=password_hash)

    async def remembered(self, key: str, since: datetime) -> Remembered | None:
        kept = self.rows.remembered.get(key)
        return kept[0] if kept is not None and kept[1] > since else None

    async def remember(
        self, key: str, remembered: Remembered, *, since: datetime, now: datetime
    ) -> bool:
        if await self.remembered(key, since) is not None:
            return False
        self.rows.remembered[key] = remembered, now
        return True

    async def add_session(self, session: Session) -> None:
        self.rows.sessions[session.id] = session

    async def session(self, session_id: UUID) -> Session | None:
        return self.rows.sessions.get(session_id)

    async def put_session(self, session: Session) -> None:
        self.rows.sessions[session.id] = session

    async def ended_since(self, since: datetime) -> Sequence[Session]:
        ended = self.rows.sessions.values()
        return [one for one in ended if one.ended_at is not None and one.ended_at > since]

    async def add_renewal(self, renewal: Renewal) -> None:
        self.rows.renewals[renewal.token_hash] = renewal

    async def renewal(self, token_hash: bytes) -> Renewal | None:
        return self.rows.renewals.get(token_hash)

    async def put_renewal(self, renewal: Renewal) -> None:
        self.rows.renewals[renewal.token_hash] = renewal

    async def forget(self, before: datetime, keys_before: datetime) -> None:
        rows = self.rows
        rows.renewals = {k: one for k, one in rows.renewals.items() if one.expires_at >= before}
        alive = {one.session_id for one in rows.renewals.values()}
        rows.sessions = {
            k: one for k, one in rows.sessions.items() if k in alive or one.created_at >= before
        }
        rows.remembered = {k: one for k, one in rows.remembered.items() if one[1] >= keys_before}

    async def signing_keys(self, *, hold: bool = False) -> Sequence[SigningKey]:
        return sorted(self.rows.keys.values(), key=lambda key: key.created_at, reverse=True)

    async def put_signing_key(self, key: SigningKey) -> None:
        self.rows.keys[key.kid] = key

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        self.said.append(message)


@dataclass
class FakePasswords:
    """Hashes that hide nothing, and remember what they were compared with."""

    terms: str = "today"
    compared: list[str | None] = field(default_factory=list)

    async def hash(self, password: str) -> str:
        return f"{self.terms}:{password}"

    async def match(self, password: str, password_hash: str | None) -> bool:
        self.compared.append(password_hash)
        return password_hash is not None and password_hash.partition(":")[2] == password

    def outdated(self, password_hash: str) -> bool:
        return not password_hash.startswith(self.terms)


class FakeSigner:
    """Tokens that say whose they are."""

    def sign(self, session: Session, role: Role, *, now: datetime) -> str:
        return f"{session.user_id} {session.id} {role}"
