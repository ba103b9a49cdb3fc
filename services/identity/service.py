"""What identity does: registers people, keeps their sessions, and ends them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from prometheus_client import Counter

from contracts.identity import (
    DescribeMe,
    EndedSession,
    EndedSessions,
    EndSession,
    IssueToken,
    ListEndedSessions,
    ListSigningKeys,
    RefreshToken,
    Register,
    SessionEnded,
    SigningKeys,
    Tokens,
    User,
    UserRegistered,
)
from services.identity.model import (
    BadCredentials,
    InvalidEmail,
    InvalidRefreshToken,
    KeyReused,
    Newcomer,
    Person,
    Remembered,
    Renewal,
    Role,
    Session,
    Unauthenticated,
    checked_key,
    fingerprint,
    hash_of,
    normal_email,
    normal_password,
)
from services.identity.ports import Passwords, Signer, Store, Transaction
from shared.cause import Cause
from shared.messages import Done

SIGN_INS: Final = Counter("mesh_sign_ins_total", "Attempts to sign in", ["outcome"])
MARGIN: Final = timedelta(minutes=1)
"""How far apart clocks may be before an ended session is forgotten too early."""


@dataclass(frozen=True, slots=True)
class Lives:
    """How long things last."""

    access: timedelta
    refresh: timedelta
    idempotency: timedelta = timedelta(hours=24)


def utc_now() -> datetime:
    """Tell the time, as the model is told it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    """The verbs; each changes things in one transaction."""

    store: Store
    passwords: Passwords
    signer: Signer
    lives: Lives
    now: Callable[[], datetime] = utc_now

    async def register(self, asked: Register, cause: Cause) -> User:
        """Register a person; the same Idempotency-Key answers the same person again."""
        newcomer = Newcomer.checked(asked.email, asked.name, asked.password.get_secret_value())
        key = checked_key(asked.idempotency_key)
        known = await self._recall(key, newcomer, cause) if key else None
        if known is not None:
            return _user(known)
        password_hash = await self.passwords.hash(newcomer.password)
        async with self.store.begin(cause) as tx:
            role = Role.ADMINISTRATOR if await tx.first() else Role.LEARNER
            person = Person.new(newcomer, password_hash, role, self.now())
            if key is None or await self._remember(tx, key, newcomer, person):
                await tx.add_person(person)
                await tx.say(UserRegistered(user_id=person.id), sequence=1)
                return _user(person)
        # Somebody used the key while we hashed: what they did is the first result.
        known = await self._recall(key, newcomer, cause)
        return _user(known if known is not None else person)

    async def issue(self, asked: IssueToken, cause: Cause) -> Tokens:
        """Begin a session for somebody who knows the password."""
        password = normal_password(asked.password.get_secret_value())
        async with self.store.begin(cause) as tx:
            person = await _person_of(tx, asked.email)
        known = person.password_hash if person is not None else None
        if not await self.passwords.match(password, known) or person is None:
            SIGN_INS.labels("refused").inc()
            raise BadCredentials
        SIGN_INS.labels("accepted").inc()
        renewed = None
        if self.passwords.outdated(person.password_hash):
            renewed = await self.passwords.hash(password)
        async with self.store.begin(cause) as tx:
            if renewed is not None:
                await tx.put_password(person.id, renewed)
            session = Session.new(person.id, self.now())
            await tx.add_session(session)
            return await self._tokens(tx, session, person.role)

    async def refresh(self, asked: RefreshToken, cause: Cause) -> Tokens:
        """Spend a refresh token for the next pair; one that comes twice ends its session."""
        now = self.now()
        async with self.store.begin(cause) as tx:
            spent = await tx.renewal(hash_of(asked.refresh_token.get_secret_value()))
            session = await tx.session(spent.session_id) if spent is not None else None
            if spent is not None and session is not None and session.ended_at is None:
                if spent.used_at is not None:
                    # Two hold the same token and one of them stole it: neither goes on. This must
                    # be committed, so the refusal is raised after the transaction.
                    await self._end(tx, session)
                elif spent.expires_at > now:
                    person = await tx.person(session.user_id)
                    if person is not None:
                        await tx.put_renewal(spent.used(now))
                        return await self._tokens(tx, session, person.role)
        raise InvalidRefreshToken

    async def end(self, _: EndSession, cause: Cause) -> Done:
        """End the caller's session everywhere; repeating it is fine."""
        if cause.session is None:
            raise Unauthenticated
        async with self.store.begin(cause) as tx:
            session = await tx.session(cause.session)
            if session is not None and session.user_id == cause.actor and session.ended_at is None:
                await self._end(tx, session)
        return Done()

    async def describe(self, _: DescribeMe, cause: Cause) -> User:
        """Tell the caller who they are."""
        if cause.actor is None:
            raise Unauthenticated
        async with self.store.begin(cause) as tx:
            person = await tx.person(cause.actor)
        if person is None:
            raise Unauthenticated
        return _user(person)

    async def signing_keys(self, _: ListSigningKeys, cause: Cause) -> SigningKeys:
        """List the public keys under which tokens are valid."""
        async with self.store.begin(cause) as tx:
            keys = await tx.signing_keys()
        return SigningKeys(keys=[dict(key.jwk) for key in keys])

    async def ended_sessions(self, _: ListEndedSessions, cause: Cause) -> EndedSessions:
        """List the sessions that are over although tokens of theirs may still be around."""
        async with self.store.begin(cause) as tx:
            ended = await tx.ended_since(self.now() - self.lives.access - MARGIN)
        return EndedSessions(
            sessions=[
                EndedSession(session_id=session.id, ended_at=session.ended_at)
                for session in ended
                if session.ended_at is not None
            ]
        )

    async def sweep(self) -> None:
        """Forget what cannot matter any more."""
        now = self.now()
        async with self.store.begin(Cause()) as tx:
            await tx.forget(now - self.lives.refresh, now - self.lives.idempotency)

    async def _recall(self, key: str | None, newcomer: Newcomer, cause: Cause) -> Person | None:
        """Find who was registered with this key; `KeyReused` if it came with other fields."""
        if key is None:
            return None
        async with self.store.begin(cause) as tx:
            remembered = await tx.remembered(key, self.now() - self.lives.idempotency)
            person = await tx.person(remembered.user_id) if remembered is not None else None
        if remembered is None or person is None:
            return None
        same = remembered.fingerprint == fingerprint(newcomer)
        if not same or not await self.passwords.match(newcomer.password, person.password_hash):
            raise KeyReused
        return person

    async def _remember(
        self, tx: Transaction, key: str, newcomer: Newcomer, person: Person
    ) -> bool:
        now = self.now()
        kept = Remembered(person.id, fingerprint(newcomer))
        return await tx.remember(key, kept, since=now - self.lives.idempotency, now=now)

    async def _tokens(self, tx: Transaction, session: Session, role: Role) -> Tokens:
        now = self.now()
        refresh_token, renewal = Renewal.new(session.id, now, self.lives.refresh)
        await tx.add_renewal(renewal)
        return Tokens(
            access_token=self.signer.sign(session, role, now=now),
            refresh_token=refresh_token,
            expires_in=int(self.lives.access.total_seconds()),
        )

    async def _end(self, tx: Transaction, session: Session) -> None:
        await tx.put_session(session.ended(self.now()))
        said = SessionEnded(session_id=session.id, user_id=session.user_id)
        await tx.say(said, sequence=1)


async def _person_of(tx: Transaction, email: str) -> Person | None:
    try:
        return await tx.person_of(normal_email(email))
    except InvalidEmail:
        return None


def _user(person: Person) -> User:
    return User(
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role,
        created_at=person.created_at,
    )
