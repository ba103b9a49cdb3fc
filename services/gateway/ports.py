"""What the gateway needs from outside, in its own words."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from services.gateway.model import Caller
from shared.cause import Cause
from shared.messages import A, Request
from shared.tickets import Ticket


class Mesh(Protocol):
    """Everybody who answers."""

    async def ask(self, request: Request[A], cause: Cause, *, within: float = 5.0) -> A:
        """Ask the owner; `Refused` with its problem, `Away` where nobody answers in time."""
        ...


class Arriving(Protocol):
    """Bytes on their way from the object store."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def chunks(self) -> AsyncIterator[bytes]: ...


class Objects(Protocol):
    """The object store, by tickets only."""

    async def stream_up(self, ticket: Ticket, body: AsyncIterable[bytes], size: int) -> str:
        """Send exactly so many bytes; `Away` while the store is."""
        ...

    def stream_down(
        self, ticket: Ticket, headers: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[Arriving]:
        """Receive bytes as they come; a Range header is honoured."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in what is pushed to one person.

    `epoch` names the life of the stream; offsets of another one mean nothing in it.
    """

    epoch: str
    last: int
    """The offset of the person's last push that is kept, 0 if there is none."""
    oldest: int
    """Nothing before this offset is kept any more."""
    newest: int
    """The last offset of anybody's."""

    @property
    def offset(self) -> int:
        """Where a newcomer stands; everything pushed later has a higher offset."""
        return self.last or self.newest

    def gap_after(self, epoch: str, offset: int) -> str | None:
        """Say why what came after an offset cannot be told exactly; None if it can."""
        if epoch != self.epoch:
            return "another-epoch"
        if offset > self.newest:
            return "unknown-offset"
        if offset != self.last and offset + 1 < self.oldest:
            return "too-old"
        return None


@dataclass(frozen=True, slots=True)
class Pushed:
    """One frame pushed to one person."""

    offset: int
    id: str
    name: str
    data: Mapping[str, object]
    traceparent: str | None = None


class EpochChanged(Exception):
    """The broker lost the stream and has a new one: offsets known so far mean nothing in it."""


class Pushes(Protocol):
    """What is pushed to people, kept for a while."""

    async def mark(self, user: UUID) -> Mark:
        """Say where somebody's pushes stand now."""
        ...

    def follow(self, user: UUID, after: int, epoch: str = "") -> AsyncGenerator[Pushed]:
        """Tell all that came and comes after an offset, once and in order, without end.

        `EpochChanged` where offsets are of one epoch and the stream is of another by now.
        """
        ...


class Passes(Protocol):
    """One-use tickets for a WebSocket, valid at every replica."""

    async def issue(self, caller: Caller) -> str:
        """Make one."""
        ...

    async def redeem(self, ticket: str) -> Caller | None:
        """Use one up; None if it was used, expired or never made."""
        ...


@dataclass(frozen=True, slots=True)
class Instance:
    """One process of a service that says it is there."""

    service: str
    id: str
    version: str
    address: str
    """Where it serves HTTP, empty if it did not say."""
    ready: bool
    detail: str
    """What is wrong, in words that may name addresses: for operators."""
    failing: tuple[str, ...] = ()
    """The names of what is wrong, for anybody."""
    breakers: dict[str, str] = field(default_factory=dict)
    """Per dependency it can do without: `closed`, `half-opened` or `opened`."""


class Discovery(Protocol):
    """Tells which processes of which services are there."""

    async def instances(self) -> list[Instance]:
        """Ask all; one that does not answer in a moment is not there. `Away` without a broker."""
        ...
