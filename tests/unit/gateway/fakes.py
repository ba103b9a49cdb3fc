"""Fakes of the gateway's ports, and a key to sign tokens with."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.identity import EndedSessions, ListEndedSessions, ListSigningKeys, SigningKeys
from services.gateway.model import Caller
from services.gateway.ports import EpochChanged, Instance, Mark, Pushed
from shared.cause import Cause, new_id
from shared.messages import A, Answer, Request
from shared.problems import Away


@dataclass
class Signer:
    """Signs access tokens as identity does."""

    kid: str = "k1"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def jwk(self) -> dict[str, Any]:
        public = jwt.algorithms.OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "use": "sig", "alg": "EdDSA"}

    def token(self, caller: Caller, *, typ: str = "at+jwt", **changed: object) -> str:
        now = int(time.time())
        claims = {
            "iss": "studymesh",
            "aud": "studymesh",
            "sub": str(caller.user),
            "sid": str(caller.session),
            "role": caller.role,
            "iat": now,
            "exp": now + 900,
            **changed,
        }
        headers = {"kid": self.kid, "typ": typ}
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers=headers)


Answering = Callable[[Any, Cause], Answer]


@dataclass
class FakeMesh:
    """Answers what it was told to answer; whatever else is asked, nobody is there."""

    answers: dict[type[Request[Any]], Answering] = field(default_factory=dict)
    asked: list[tuple[Request[Any], Cause]] = field(default_factory=list)

    async def ask(self, request: Request[A], cause: Cause, *, within: float = 5.0) -> A:
        del within
        self.asked.append((request, cause))
        answering = self.answers.get(type(request))
        if answering is None:
            raise Away(f"nobody answers {request.subject} just now")
        return cast(A, answering(request, cause))

    def of(self, request: type[Request[Any]]) -> list[Any]:
        """What was asked of one kind."""
        return [asked for asked, _ in self.asked if isinstance(asked, request)]

    def trust(self, *signers: Signer, ended: EndedSessions | None = None) -> None:
        """Be an identity that signs with these keys."""
        keys = SigningKeys(keys=[signer.jwk() for signer in signers])
        self.answers[ListSigningKeys] = lambda _, __: keys
        over = ended or EndedSessions(sessions=[])
        self.answers[ListEndedSessions] = lambda _, __: over


@dataclass
class FakeArriving:
    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@dataclass
class FakeObjects:
    """An object store in memory, by address."""

    kept: dict[str, bytes] = field(default_factory=dict)
    away: int = 0
    """How many sends fail before one is taken."""
    reading: int = 0
    """How many are being read."""

    async def stream_up(self, ticket: Any, body: AsyncIterable[bytes], size: int) -> str:
        if self.away:
            self.away -= 1
            raise Away("the object store cannot be reached")
        came = b"".join([piece async for piece in body])
        assert len(came) == size
        self.kept[ticket.url] = came
        return "etag"

    @asynccontextmanager
    async def stream_down(
        self, ticket: Any, headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[FakeArriving]:
        body = self.kept[ticket.url]
        if wanted := (headers or {}).get("Range"):
            first, last = wanted.removeprefix("bytes=").split("-")
            body = body[int(first) : int(last) + 1]

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 50_000):
                yield body[start : start + 50_000]

        self.reading += 1
        try:
            yield FakeArriving(200, {}, chunks())
        finally:
            self.reading -= 1


@dataclass
class FakePushes:
    """Pushes in memory."""

    epoch: str = "e1"
    oldest: int = 1
    kept: list[tuple[UUID, Pushed]] = field(default_factory=list)
    newest: int = 0
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def push(self, user: UUID, name: str, **data: object) -> int:
        async with self.came:
            self.newest += 1
            self.kept.append((user, Pushed(self.newest, str(new_id()), name, data)))
            self.came.notify_all()
        return self.newest

    async def begin_again(self, epoch: str) -> None:
        async with self.came:
            self.epoch, self.kept, self.newest = epoch, [], 0
            self.came.notify_all()

    async def mark(self, user: UUID) -> Mark:
        last = max((one.offset for whose, one in self.kept if whose == user), default=0)
        return Mark(self.epoch, last, self.oldest, self.newest)

    async def follow(self, user: UUID, after: int, epoch: str = "") -> AsyncGenerator[Pushed]:
        while True:
            async with self.came:
                if epoch and epoch != self.epoch:
                    raise EpochChanged
                new = [one for whose, one in self.kept if whose == user and one.offset > after]
                if not new:
                    await self.came.wait()
            for one in new:
                after = one.offset
                yield one


@dataclass
class FakePasses:
    """Tickets in memory."""

    made: dict[str, Caller] = field(default_factory=dict)

    async def issue(self, caller: Caller) -> str:
        ticket = str(new_id())
        self.made[ticket] = caller
        return ticket

    async def redeem(self, ticket: str) -> Caller | None:
        return self.made.pop(ticket, None)


@dataclass
class FakeDiscovery:
    """Processes that are said to be there."""

    there: list[Instance] = field(default_factory=list)
    away: bool = False

    async def instances(self) -> list[Instance]:
        if self.away:
            raise Away("the broker cannot be reached")
        return self.there


def soon() -> datetime:
    """A time at which a ticket may expire."""
    return datetime.now(UTC) + timedelta(minutes=15)
