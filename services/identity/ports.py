"""What identity needs from outside, in its own words."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.identity.model import Person, Remembered, Renewal, Role, Session
from shared.cause import Cause
from shared.messages import Message


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair: its name, its public half as a JWK, its private half as it is kept."""

    kid: str
    jwk: dict[str, str]
    private: bytes
    sealed: bool
    created_at: datetime


class Transaction(Protocol):
    """Changes and messages that happen together or not at all."""

    async def first(self) -> bool:
        """Say whether nobody is registered yet; if so, whoever asks next waits for our end."""
        ...

    async def add_person(self, person: Person) -> None:
        """Add somebody; `EmailTaken` if the address is."""
        ...

    async def person(self, person_id: UUID) -> Person | None: ...

    async def person_of(self, email: str) -> Person | None: ...

    async def put_password(self, person_id: UUID, password_hash: str) -> None: ...

    async def remembered(self, key: str, since: datetime) -> Remembered | None: ...

    async def remember(
        self, key: str, remembered: Remembered, *, since: datetime, now: datetime
    ) -> bool:
        """Keep what a key was used for, unless it was used since; say whether it was kept."""
        ...

    async def add_session(self, session: Session) -> None: ...

    async def session(self, session_id: UUID) -> Session | None:
        """Look it up and hold it until the end of the transaction."""
        ...

    async def put_session(self, session: Session) -> None: ...

    async def ended_since(self, since: datetime) -> Sequence[Session]: ...

    async def add_renewal(self, renewal: Renewal) -> None: ...

    async def renewal(self, token_hash: bytes) -> Renewal | None:
        """Look it up and hold it until the end of the transaction."""
        ...

    async def put_renewal(self, renewal: Renewal) -> None: ...

    async def forget(self, before: datetime, keys_before: datetime) -> None:
        """Forget refresh tokens, and sessions without any, that ended long ago, and old keys."""
        ...

    async def signing_keys(self, *, hold: bool = False) -> Sequence[SigningKey]:
        """List them, newest first; `hold` keeps others who hold waiting until our end."""
        ...

    async def put_signing_key(self, key: SigningKey) -> None: ...

    async def say(self, message: Message, *, sequence: int = 0) -> None: ...


class Store(Protocol):
    """Where people, sessions and keys are written down."""

    def begin(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]: ...


class Passwords(Protocol):
    """Hashes that are slow on purpose, without holding up anybody else."""

    async def hash(self, password: str) -> str: ...

    async def match(self, password: str, password_hash: str | None) -> bool:
        """Compare; without a hash it takes as long, and is no match."""
        ...

    def outdated(self, password_hash: str) -> bool:
        """Say whether it was made under other terms than today's."""
        ...


class Signer(Protocol):
    """Signs access tokens."""

    def sign(self, session: Session, role: Role, *, now: datetime) -> str: ...
