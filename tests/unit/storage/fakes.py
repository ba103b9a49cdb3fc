"""Fakes of storage's ports, held to the same behaviour as the real ones."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from services.storage.content import Guess
from services.storage.model import State, StoredObject
from services.storage.ports import Arrived, Changed, PartsUnfit, Pass, Transaction
from shared.cause import Cause
from shared.database import AlreadyHandled
from shared.messages import Message


@dataclass
class FakeStore:
    """A store in memory; a block that fails leaves nothing behind."""

    rows: dict[UUID, StoredObject] = field(default_factory=dict)
    said: list[Message] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    handled: set[tuple[str, str]] = field(default_factory=set)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        key = (cause.delivery.durable, cause.delivery.message_id) if cause.delivery else None
        if key in self.handled:
            raise AlreadyHandled
        draft = _FakeTransaction(copy(self.rows))
        yield draft
        if key:
            self.handled.add(key)
        self.rows = draft.rows
        self.said += draft.said
        self.sequences += draft.sequences


@dataclass
class _FakeTransaction:
    rows: dict[UUID, StoredObject]
    said: list[Message] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)

    async def add(self, stored: StoredObject) -> StoredObject:
        for row in self.rows.values():
            same = (row.owner_id, row.repeat_key) == (stored.owner_id, stored.repeat_key)
            if same and row.repeat_key is not None and row.state is not State.DELETED:
                return row
        self.rows[stored.id] = stored
        return stored

    async def find(self, object_id: UUID) -> StoredObject | None:
        return self.rows.get(object_id)

    async def put(self, stored: StoredObject) -> None:
        self.rows[stored.id] = stored

    async def unclaimed(self, before: datetime, limit: int) -> Sequence[StoredObject]:
        expected = [row for row in self.rows.values() if row.state is State.EXPECTED]
        return [row for row in expected if row.expires_at < before][:limit]

    async def awaited(self, incoming: Sequence[str]) -> set[str]:
        states = {State.EXPECTED, State.CHECKING}
        awaited = {row.incoming for row in self.rows.values() if row.state in states}
        return awaited & set(incoming)

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        self.said.append(message)
        self.sequences.append(sequence)


@dataclass
class Lying:
    """Bytes that lie at an incoming key."""

    content: bytes
    written: datetime

    @property
    def etag(self) -> str:
        return hashlib.md5(self.content, usedforsecurity=False).hexdigest()


@dataclass
class Gathered:
    """Parts of one upload."""

    incoming: str
    begun: datetime
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass
class FakeObjects:
    """An object store in memory; `deliver` and `collect` use its passes as HTTP would."""

    incoming: dict[str, Lying] = field(default_factory=dict)
    sealed: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, Gathered] = field(default_factory=dict)
    before_seal: Callable[[], None] = lambda: None

    async def prepare(self) -> None: ...

    def upload_pass(self, incoming: str, *, life: timedelta, public: bool) -> Pass:
        return Pass(f"fake:whole/{incoming}", {})

    def part_pass(
        self, incoming: str, upload_id: str, number: int, *, life: timedelta, public: bool
    ) -> Pass:
        return Pass(f"fake:part/{upload_id}/{number}", {})

    def download_pass(
        self, sealed: str, *, filename: str | None, media_type: str, life: timedelta, public: bool
    ) -> Pass:
        return Pass(f"fake:sealed/{sealed}", {})

    async def deliver(self, url: str, content: bytes) -> None:
        kind, _, where = url.removeprefix("fake:").partition("/")
        now = datetime.now(UTC)
        if kind == "whole":
            self.incoming[where] = Lying(content, now)
        else:
            upload_id, number = where.split("/")
            self.uploads[upload_id].parts[int(number)] = content

    async def collect(self, url: str) -> bytes | None:
        return self.sealed.get(url.removeprefix("fake:sealed/"))

    async def begin_parts(self, incoming: str) -> str:
        upload_id = uuid4().hex
        self.uploads[upload_id] = Gathered(incoming, datetime.now(UTC))
        return upload_id

    async def join_parts(self, incoming: str, upload_id: str) -> None:
        gathered = self.uploads.get(upload_id)
        if gathered is None or not gathered.parts:
            return
        *body, _ = sizes = [len(gathered.parts[n]) for n in sorted(gathered.parts)]
        if any(size < 5 * 1024 * 1024 for size in body):
            raise PartsUnfit(str(sizes))
        del self.uploads[upload_id]
        whole = b"".join(gathered.parts[n] for n in sorted(gathered.parts))
        self.incoming[incoming] = Lying(whole, datetime.now(UTC))

    async def arrived(self, incoming: str) -> Arrived | None:
        lying = self.incoming.get(incoming)
        return None if lying is None else Arrived(len(lying.content), lying.etag)

    async def chunks(self, incoming: str, etag: str) -> AsyncIterator[bytes]:
        content = self._unchanged(incoming, etag)
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]

    async def seal(self, incoming: str, sealed: str, etag: str) -> None:
        self.before_seal()
        self.sealed[sealed] = self._unchanged(incoming, etag)

    async def erase_incoming(self, incoming: str, upload_id: str | None) -> None:
        self.incoming.pop(incoming, None)
        self.uploads.pop(upload_id or "", None)

    async def erase_sealed(self, sealed: str) -> None:
        self.sealed.pop(sealed, None)

    async def left_over(self, before: datetime) -> Sequence[str]:
        return [key for key, lying in self.incoming.items() if lying.written < before]

    async def abandon_parts(self, before: datetime) -> None:
        kept = {key: one for key, one in self.uploads.items() if one.begun >= before}
        self.uploads = kept

    def _unchanged(self, incoming: str, etag: str) -> bytes:
        lying = self.incoming.get(incoming)
        if lying is None or lying.etag != etag:
            raise Changed
        return lying.content


@dataclass(frozen=True)
class FakeSniffer:
    """Knows nothing, so only structure decides."""

    answer: Guess = field(default_factory=lambda: Guess("unknown", "Unknown binary data", 1.0))

    async def guess(self, sample: bytes) -> Guess:
        return self.answer
