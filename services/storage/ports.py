"""What storage needs from outside, in its own words."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.storage.content import Guess
from services.storage.model.announced import Piece
from services.storage.model.stored import Place, Spot, StoredObject
from shared.cause import Cause
from shared.messages import Message


class Stock(Protocol):
    """The part of a transaction that tells what there is, whoever it belongs to."""

    async def kept(self, object_ids: Sequence[UUID]) -> set[UUID]:
        """Tell which of these objects are there and not deleted."""
        ...

    async def claimed(self, after: UUID | None, *, limit: int) -> Sequence[UUID]:
        """List up to `limit` ids of objects claimed and not deleted, in order, after one."""
        ...

    async def overdue(self, before: datetime) -> Sequence[UUID]:
        """Name those that were deleted but not emptied, or expired before a time unclaimed."""
        ...

    async def accounted(self, spots: Sequence[Spot]) -> set[Spot]:
        """Tell at which of these spots bytes of a known object may lie."""
        ...

    async def gathered(self, upload_ids: Sequence[str]) -> set[str]:
        """Tell which of these gather the parts of an object that is not deleted."""
        ...


class Transaction(Stock, Protocol):
    """Changes and messages that happen together or not at all."""

    async def add(self, stored: StoredObject) -> StoredObject:
        """Add it, or answer the one that has its id, or that its owner's repeat key opened."""
        ...

    async def find(self, object_id: UUID) -> StoredObject | None:
        """Look it up and hold it until the end of the transaction."""
        ...

    async def put(self, stored: StoredObject) -> None: ...

    async def unclaimed(self, before: datetime, limit: int) -> Sequence[StoredObject]:
        """Hold some whose bytes nobody will ask for, and that no other replica holds.

        They expired before anybody had them checked, or were refused while they lay in their sealed
        place: joined from parts, or come along in a message.
        """
        ...

    async def at(self, incoming: Sequence[str]) -> Sequence[StoredObject]:
        """Look up those that were opened under these incoming keys, deleted ones too."""
        ...

    async def gathering(self, upload_ids: Sequence[str]) -> Sequence[StoredObject]:
        """Look up those whose parts gather under these ids, deleted ones too."""
        ...

    async def advance(self, object_id: UUID) -> None:
        """Let its check come before all others of its owner's that wait."""
        ...

    async def say(self, message: Message, *, sequence: int = 0) -> None: ...


class Store(Protocol):
    """Where objects are written down."""

    def begin(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]: ...

    async def look(self, object_id: UUID) -> StoredObject | None:
        """Look one up as it is, without holding it."""
        ...

    async def add(self, stored: StoredObject) -> None:
        """Write a new one down at once, unless there is one of its id."""
        ...


@dataclass(frozen=True, slots=True)
class Arrived:
    """What lies at an incoming key. The ETag changes whenever the bytes do."""

    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Laid:
    """Bytes at a key, and when they were written."""

    key: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """An upload whose parts nobody joined or dropped, and when it was begun."""

    sealed: str
    upload_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pass:
    """An address that may be used once signed, and the headers to send along."""

    url: str
    headers: dict[str, str]


class Changed(Exception):
    """The bytes are not those any more whose ETag was named."""


class PartsUnfit(Exception):
    """The parts do not make one object: some are missing or too small."""


class Objects(Protocol):
    """The object store: a place that takes bytes from outside, and a sealed one that does not."""

    async def prepare(self) -> None:
        """Make both places if they are missing."""
        ...

    def upload_pass(
        self, incoming: str, *, life: timedelta, public: bool, size: int | None = None
    ) -> Pass:
        """Let somebody write there: just so many bytes, if a size is given."""
        ...

    def part_pass(
        self,
        sealed: str,
        upload_id: str,
        number: int,
        *,
        life: timedelta,
        public: bool,
        size: int | None = None,
    ) -> Pass: ...

    def download_pass(
        self, sealed: str, *, filename: str | None, media_type: str, life: timedelta, public: bool
    ) -> Pass: ...

    async def begin_parts(self, sealed: str) -> str:
        """Begin a multipart upload to a sealed key; answer its id at the store."""
        ...

    async def parts(self, sealed: str, upload_id: str) -> Sequence[Piece]:
        """List the parts that came, by number, one sent twice perhaps twice; empty once joined."""
        ...

    async def join_parts(self, sealed: str, upload_id: str, parts: Sequence[Piece]) -> None:
        """Make one object of some parts, of each number the latest; repeating changes nothing."""
        ...

    async def drop_parts(self, sealed: str, upload_id: str) -> None:
        """Take no more parts, and forget those that came; repeating it is fine."""
        ...

    async def arrived(self, spot: Spot) -> Arrived | None: ...

    def chunks(self, spot: Spot, etag: str) -> AsyncIterator[bytes]:
        """Read piece by piece; `Changed` if they are other bytes by now."""
        ...

    async def seal(self, incoming: str, sealed: str, etag: str) -> None:
        """Copy out of the reach of upload tickets; `Changed` if they are other bytes by now."""
        ...

    async def keep(self, sealed: str, content: bytes) -> None:
        """Put light content where no ticket writes; repeating it is fine."""
        ...

    async def whole(self, sealed: str) -> bytes | None:
        """Read light content that lies there, if there is any."""
        ...

    async def erase(self, spot: Spot) -> None:
        """Remove bytes; repeating it is fine."""
        ...

    def lying(self, place: Place) -> AsyncIterator[Sequence[Laid]]:
        """Name everything in a place, some at a time."""
        ...

    async def gathering(self) -> Sequence[Begun]:
        """Name the uploads whose parts nobody joined or dropped."""
        ...


class Sniffer(Protocol):
    """Guesses what bytes are by looking at them."""

    async def guess(self, sample: bytes) -> Guess: ...
