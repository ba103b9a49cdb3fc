"""Fakes of document's ports, held to the same behaviour as the real ones."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from contracts.claims import Kept, Placed
from services.document.model.allowance import Holdings
from services.document.model.collection import Collection, CollectionKey
from services.document.model.document import Document
from services.document.model.facts import Unreadable
from services.document.model.keys import LIFE, UploadKey
from services.document.ports import Happening, Reached, Read, Transaction, Wanted
from shared.again import To
from shared.boxes import AlreadyHandled
from shared.cause import Cause, new_id
from shared.messages import Event, Message
from shared.problems import ProblemDetails, Refused
from tests.unit.document.sharing import FakeSharing, SharingTables

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass
class _Tables:
    documents: dict[UUID, Document] = field(default_factory=dict)
    keys: dict[tuple[UUID, str], UploadKey] = field(default_factory=dict)
    histories: dict[UUID, list[Happening]] = field(default_factory=dict)
    collections: dict[UUID, Collection] = field(default_factory=dict)
    collection_keys: dict[tuple[UUID, str], CollectionKey] = field(default_factory=dict)
    sharing: SharingTables = field(default_factory=SharingTables)

    def copy(self) -> "_Tables":
        histories = {key: copy(entries) for key, entries in self.histories.items()}
        return _Tables(
            copy(self.documents),
            copy(self.keys),
            histories,
            copy(self.collections),
            copy(self.collection_keys),
            self.sharing.copied(),
        )


@dataclass
class FakeStore:
    """A store in memory; a block that fails leaves nothing behind."""

    tables: _Tables = field(default_factory=_Tables)
    said: list[tuple[Message, int]] = field(default_factory=list)
    said_again: list[tuple[Event, To]] = field(default_factory=list)
    handled: set[tuple[str, str]] = field(default_factory=set)
    withdrawn: list[UUID] = field(default_factory=list)
    advanced: list[UUID] = field(default_factory=list)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        key = (cause.delivery.durable, cause.delivery.message_id) if cause.delivery else None
        if key in self.handled:
            raise AlreadyHandled
        draft = _FakeTransaction(self.tables.copy())
        yield draft
        if key:
            self.handled.add(key)
        self.tables = draft.tables
        self.said.extend(draft.said)
        self.withdrawn.extend(draft.withdrawn)
        self.advanced.extend(draft.advanced)
        self.said_again.extend(draft.said_again)

    async def look(self, document_id: UUID) -> Document | None:
        return self.tables.documents.get(document_id)

    async def holdings(self, owner_id: UUID) -> Holdings:
        return _holdings(self.tables, owner_id)

    @property
    def words(self) -> list[Message]:
        return [message for message, _ in self.said]


@dataclass
class _FakeTransaction(FakeSharing):
    tables: _Tables
    withdrawn: list[UUID] = field(default_factory=list)
    advanced: list[UUID] = field(default_factory=list)
    said: list[tuple[Message, int]] = field(default_factory=list)
    said_again: list[tuple[Event, To]] = field(default_factory=list)

    @property
    def sharing(self) -> SharingTables:
        return self.tables.sharing

    async def collection(self, collection_id: UUID, *, alone: bool = False) -> Collection | None:
        del alone
        found = self.tables.collections.get(collection_id)
        return replace(found, documents=len(self._inside(found.id))) if found else None

    async def collections(
        self, owner_id: UUID, *, limit: int, before: UUID | None
    ) -> Sequence[Collection]:
        mine = [one for one in self.tables.collections.values() if one.owner_id == owner_id]
        newest = sorted(mine, key=lambda one: one.id, reverse=True)
        listed = [one for one in newest if before is None or one.id < before][:limit]
        return [replace(one, documents=len(self._inside(one.id))) for one in listed]

    async def count_collections(self, owner_id: UUID) -> int:
        return sum(one.owner_id == owner_id for one in self.tables.collections.values())

    async def put_collection(self, collection: Collection) -> None:
        self.tables.collections[collection.id] = collection

    async def remove_collection(self, collection_id: UUID) -> Sequence[UUID]:
        left = sorted(self._inside(collection_id))
        for document_id in left:
            document = self.tables.documents[document_id]
            self.tables.documents[document_id] = document.put_into(None)
        self.take_uploads_out_of(collection_id)
        del self.tables.collections[collection_id]
        return left

    async def collection_key(self, key: CollectionKey) -> CollectionKey:
        known = self.tables.collection_keys.get((key.user_id, key.key))
        if known is None or key.created_at - known.created_at >= LIFE:
            self.tables.collection_keys[key.user_id, key.key] = known = key
        return known

    async def living(self, document_ids: Sequence[UUID]) -> set[UUID]:
        return {one.id for one in self._living() if one.id in document_ids}

    async def referred_to(self, object_ids: Sequence[UUID]) -> set[UUID]:
        return set().union(*map(_objects, self._living())) & set(object_ids)

    async def references(self, after: UUID | None, *, limit: int) -> Mapping[UUID, set[UUID]]:
        documents = sorted(self._living(), key=lambda one: one.id)
        page = [one for one in documents if after is None or one.id > after][:limit]
        return {one.id: _objects(one) for one in page}

    def _living(self) -> list[Document]:
        return [one for one in self.tables.documents.values() if not one.deleted]

    def _inside(self, collection_id: UUID) -> list[UUID]:
        documents = self.tables.documents.values()
        return [one.id for one in documents if one.collection_id == collection_id]

    async def find(self, document_id: UUID) -> Document | None:
        return self.tables.documents.get(document_id)

    async def find_by_object(self, object_id: UUID) -> Document | None:
        found = (one for one in self.tables.documents.values() if one.object_id == object_id)
        return next(found, None)

    async def put(self, document: Document) -> None:
        self.tables.documents[document.id] = document

    async def listed(self, wanted: Wanted) -> Sequence[Document]:
        newest = sorted(self.tables.documents.values(), key=lambda one: one.id, reverse=True)
        return [one for one in newest if _fits(one, wanted)][: wanted.limit]

    async def holdings(self, owner_id: UUID) -> Holdings:
        return _holdings(self.tables, owner_id)

    async def key(self, user_id: UUID, key: str, now: datetime) -> UploadKey:
        known = self.tables.keys.get((user_id, key))
        if known is None or known.expired(now):
            return UploadKey(user_id, key, now)
        return known

    async def put_key(self, key: UploadKey) -> None:
        self.tables.keys[key.user_id, key.key] = key

    async def note(self, document_id: UUID, happening: Happening) -> None:
        self.tables.histories.setdefault(document_id, []).append(happening)

    async def history(self, document_id: UUID, *, most: int) -> Sequence[Happening]:
        return list(self.tables.histories.get(document_id, []))[-most:]

    async def withdraw(self, document_id: UUID) -> None:
        self.withdrawn.append(document_id)

    async def advance(self, document_id: UUID) -> None:
        self.advanced.append(document_id)

    async def forget(self, document_id: UUID) -> None:
        self.tables.histories.pop(document_id, None)
        self.tables.keys = {
            name: replace(key, fingerprint=None) if key.document_id == document_id else key
            for name, key in self.tables.keys.items()
        }
        self.forget_uploads_of(document_id)

    async def walk(self, after: UUID | None, most: int) -> Sequence[Document]:
        every = sorted(self.tables.documents.values(), key=lambda document: document.id)
        return [one for one in every if after is None or one.id > after][:most]

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        self.said.append((message, sequence))

    async def say_again(self, event: Event, to: To, *, sequence: int = 0) -> None:
        self.said_again.append((event, to))


def _objects(document: Document) -> set[UUID]:
    return {document.object_id, *document.text_objects, *document.checkpoints}


def _holdings(tables: _Tables, owner_id: UUID) -> Holdings:
    sizes = [
        one.size
        for one in tables.documents.values()
        if one.owner_id == owner_id and not one.deleted
    ]
    return Holdings(documents=len(sizes), size=sum(sizes))


def _fits(document: Document, wanted: Wanted) -> bool:
    words = (wanted.words or "").casefold()
    return (
        document.owner_id == wanted.owner_id
        and not document.deleted
        and (wanted.before is None or document.id < wanted.before)
        and (wanted.status is None or document.status is wanted.status)
        and (wanted.tag is None or wanted.tag in document.tags)
        and (wanted.collection_id is None or document.collection_id == wanted.collection_id)
        and (words in document.title.casefold() or words in document.filename.casefold())
    )


@dataclass
class FakeClaims:
    """Keeps content in memory; the same content for the same message is kept once."""

    objects: dict[UUID, bytes] = field(default_factory=dict)
    repeats: dict[tuple[object, str], UUID] = field(default_factory=dict)

    async def keep(
        self, content: bytes, media_type: str, cause: Cause, *, placed: Placed | None = None
    ) -> Kept:
        del media_type
        sha256 = hashlib.sha256(content).hexdigest()
        key = (cause.delivery or new_id(), sha256)
        object_id = self.repeats.setdefault(key, new_id())
        if placed is not None:
            await placed(object_id)
        self.objects[object_id] = content
        return Kept(object_id, len(content), sha256)

    async def fetch(self, object_id: UUID, cause: Cause) -> bytes:
        del cause
        if object_id not in self.objects:
            raise Refused(ProblemDetails(type="object-not-found", title="gone", status=404))
        return self.objects[object_id]

    async def fetch_to(self, object_id: UUID, path: Path, cause: Cause) -> None:
        await asyncio.to_thread(path.write_bytes, await self.fetch(object_id, cause))


@dataclass
class FakeRooms:
    """Gives a path in a directory that is gone afterwards."""

    @contextmanager
    def file(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as directory:
            yield Path(directory) / "file"


@dataclass
class FakeReader:
    """Reads every file as it is; what begins with `!` is unreadable, and says why."""

    async def read(
        self, path: Path, media_type: str, known: Sequence[bytes], reached: Reached
    ) -> Read:
        del media_type, known, reached
        content = await asyncio.to_thread(path.read_bytes)
        if content.startswith(b"!"):
            raise Unreadable(content[1:].decode(), "it says so itself")
        version = hashlib.sha256(content).hexdigest()
        return Read(content, version, characters=len(content), pages=1)
