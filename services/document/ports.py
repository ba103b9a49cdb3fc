"""What document needs from outside, in its own words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from contracts.claims import Kept, Placed
from contracts.document import DocumentStatus
from contracts.storage import ArrivedPart, DownloadTicket, Ticket, UploadOpened
from services.document.model.allowance import Holdings
from services.document.model.collection import Collection, CollectionKey
from services.document.model.document import Document
from services.document.model.facts import Trouble
from services.document.model.keys import UploadKey
from services.document.model.link import Link
from services.document.model.upload import Upload
from shared.again import To
from shared.cause import Cause
from shared.messages import Event, Message

Fact = Mapping[str, str | int]
"""What a history entry tells besides its type: plain values."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a document."""

    id: UUID
    type: str
    time: datetime
    data: Fact


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents of an owner are listed, newest first."""

    owner_id: UUID
    limit: int
    before: UUID | None = None
    status: DocumentStatus | None = None
    tag: str | None = None
    collection_id: UUID | None = None
    words: str | None = None


class Collections(Protocol):
    """The part of a transaction that knows collections."""

    async def collection(self, collection_id: UUID, *, alone: bool = False) -> Collection | None:
        """Look it up, locked against removal until the end; `alone`, against additions, too."""
        ...

    async def collections(
        self, owner_id: UUID, *, limit: int, before: UUID | None
    ) -> Sequence[Collection]:
        """List a person's, newest first."""
        ...

    async def count_collections(self, owner_id: UUID) -> int:
        """Count a person's, and let nobody add to them until the end of the transaction."""
        ...

    async def put_collection(self, collection: Collection) -> None: ...

    async def remove_collection(self, collection_id: UUID) -> Sequence[UUID]:
        """Remove it; name the documents that were in it, and are in none from now on."""
        ...

    async def collection_key(self, key: CollectionKey) -> CollectionKey:
        """Keep an idempotency key, or answer the one that is kept."""
        ...


class References(Protocol):
    """The part of a transaction that others compare with what they have."""

    async def living(self, document_ids: Sequence[UUID]) -> set[UUID]:
        """Tell which of these documents are there, and not deleted."""
        ...

    async def referred_to(self, object_ids: Sequence[UUID]) -> set[UUID]:
        """Tell to which of these objects a document refers that is not deleted."""
        ...

    async def references(self, after: UUID | None, *, limit: int) -> Mapping[UUID, set[UUID]]:
        """List the objects of up to `limit` living documents, in order of their ids, after one."""
        ...


class Uploads(Protocol):
    """The part of a transaction that knows files which their owners send directly."""

    async def begin_upload(self, upload: Upload, now: datetime) -> Upload:
        """Keep it, or answer the one that was begun under its key and has not expired."""
        ...

    async def upload(self, upload_id: UUID) -> Upload | None:
        """Look it up and hold it until the end of the transaction."""
        ...

    async def put_upload(self, upload: Upload) -> None: ...

    async def drop_upload(self, upload_id: UUID) -> None: ...

    async def coming(self, owner_id: UUID, now: datetime) -> Holdings:
        """Count the uploads that a person announced and has not completed, and their bytes."""
        ...

    async def expire_uploads(self, now: datetime) -> int:
        """Delete those that expired, and answer how many."""
        ...


class Links(Protocol):
    """The part of a transaction that knows links."""

    async def add_link(self, link: Link) -> Link:
        """Keep it, or answer the one that was made under its key not long ago."""
        ...

    async def link(self, link_id: UUID) -> Link | None: ...

    async def links(self, document_id: UUID, now: datetime) -> Sequence[Link]:
        """List those of a document that have not expired, oldest first."""
        ...

    async def drop_link(self, link_id: UUID) -> None: ...

    async def expire_links(self, before: datetime) -> None:
        """Forget those that expired before a time."""
        ...


class Transaction(Collections, References, Uploads, Links, Protocol):
    """Changes and messages that happen together or not at all."""

    async def find(self, document_id: UUID) -> Document | None:
        """Look it up, tombstones too, and hold it until the end of the transaction."""
        ...

    async def find_by_object(self, object_id: UUID) -> Document | None:
        """Look up the one made of an object, and hold it in the same way."""
        ...

    async def walk(self, after: UUID | None, most: int) -> Sequence[Document]:
        """List up to `most` of all owners', tombstones too, in order of their ids, after one."""
        ...

    async def put(self, document: Document) -> None: ...

    async def listed(self, wanted: Wanted) -> Sequence[Document]: ...

    async def holdings(self, owner_id: UUID) -> Holdings:
        """Count what a person has, and let nobody add to it until the end of the transaction."""
        ...

    async def key(self, user_id: UUID, key: str, now: datetime) -> UploadKey:
        """Look up an idempotency key, a new one if need be, and hold it."""
        ...

    async def put_key(self, key: UploadKey) -> None: ...

    async def note(self, document_id: UUID, happening: Happening) -> None: ...

    async def history(self, document_id: UUID, *, most: int) -> Sequence[Happening]:
        """Tell the newest so many, in order."""
        ...

    async def withdraw(self, document_id: UUID) -> None:
        """Take the reading of a document out of the queue; one under way is stopped within 2 s."""
        ...

    async def advance(self, document_id: UUID) -> None:
        """Let the reading of a document come before all others of its owner's that wait."""
        ...

    async def forget(self, document_id: UUID) -> None:
        """Erase its history, and from keys and uploads that made it all but that they are used."""
        ...

    async def say(self, message: Message, *, sequence: int = 0) -> None: ...

    async def say_again(self, event: Event, to: To, *, sequence: int = 0) -> None: ...


class Store(Protocol):
    """Where documents are written down."""

    def begin(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]: ...

    async def look(self, document_id: UUID) -> Document | None:
        """Look one up as it is, without holding it."""
        ...

    async def holdings(self, owner_id: UUID) -> Holdings:
        """Tell what a person has just now, without holding anything."""
        ...


class Claims(Protocol):
    """Where large things are put away and fetched from."""

    async def keep(
        self, content: bytes, media_type: str, cause: Cause, *, placed: Placed | None = None
    ) -> Kept:
        """Put content away; `placed` is called with its id before a byte is sent."""
        ...

    async def fetch(self, object_id: UUID, cause: Cause) -> bytes: ...

    async def fetch_to(self, object_id: UUID, path: Path, cause: Cause) -> None: ...


class Rooms(Protocol):
    """Where files lie while they are worked on."""

    def file(self) -> AbstractContextManager[Path]:
        """Give a path to write to, and leave nothing there afterwards."""
        ...


class Downloads(Protocol):
    """Hands out permissions to read an object."""

    async def open(
        self, object_id: UUID, cause: Cause, *, filename: str | None = None
    ) -> DownloadTicket: ...


class Places(Protocol):
    """Opens places for bytes that people send directly, and knows what came."""

    async def open(self, upload: Upload, cause: Cause) -> UploadOpened:
        """Open one, the same for the same upload."""
        ...

    async def open_part(self, object_id: UUID, number: int, cause: Cause) -> Ticket: ...

    async def parts(self, object_id: UUID, cause: Cause) -> list[ArrivedPart]: ...

    async def close(self, object_id: UUID, cause: Cause) -> None:
        """Close it to more bytes; refused unless exactly the announced ones are there."""
        ...


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read: the text object as it is kept, and what is worth knowing of it."""

    content: bytes
    version: str
    characters: int
    pages: int
    troubles: tuple[Trouble, ...] = ()
    unsaved: bytes = b""
    """The parts read since the last slice, gzipped, if a retry may need them; else empty."""


@dataclass(frozen=True, slots=True)
class Slice:
    """How far a reading is: parts done, of how many; `content` is what was read since, gzipped."""

    content: bytes
    done: int
    of: int


Reached = Callable[[Slice], Awaitable[None]]


class Reader(Protocol):
    """Reads strangers' files without being harmed by them."""

    async def read(
        self, path: Path, media_type: str, known: Sequence[bytes], reached: Reached
    ) -> Read:
        """Read a file without the parts that are known; `Unreadable` tells why it cannot be.

        `known` are the contents of earlier slices; `reached` is awaited after each new one.
        """
        ...
