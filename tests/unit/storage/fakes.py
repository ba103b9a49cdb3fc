"""Fakes of storage's ports, held to the same behaviour as the real ones."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from services.storage.content import Guess
from services.storage.model.announced import Piece
from services.storage.model.stored import Place, Spot, State, StoredObject
from services.storage.ports import Arrived, Begun, Changed, Laid, PartsUnfit, Pass, Transaction
from shared.boxes import AlreadyHandled
from shared.cause import Cause
from shared.messages import Message


@dataclass
class FakeStore:
    """A store in memory; a block that fails leaves nothing behind."""

    rows: dict[UUID, StoredObject] = field(default_factory=dict)
    said: list[Message] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)
    handled: set[tuple[str, str]] = field(default_factory=set)
    begun: int = 0
    """How many transactions there were."""

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        self.begun += 1
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

    async def look(self, object_id: UUID) -> StoredObject | None:
        return self.rows.get(object_id)

    async def add(self, stored: StoredObject) -> None:
        self.rows.setdefault(stored.id, stored)


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
        if stored.id in self.rows:
            return self.rows[stored.id]
        self.rows[stored.id] = stored
        return stored

    async def find(self, object_id: UUID) -> StoredObject | None:
        return self.rows.get(object_id)

    async def put(self, stored: StoredObject) -> None:
        self.rows[stored.id] = stored

    async def unclaimed(self, before: datetime, limit: int) -> Sequence[StoredObject]:
        waiting = [row for row in self.rows.values() if row.awaited and row.expires_at < before]
        refused = [
            row
            for row in self.rows.values()
            if row.refusal and not row.refusal.quarantined
            if row.upload_id or (row.came_along and not row.erased)
        ]
        return [*waiting, *refused][:limit]

    async def at(self, incoming: Sequence[str]) -> Sequence[StoredObject]:
        return [row for row in self.rows.values() if row.incoming in incoming]

    async def gathering(self, upload_ids: Sequence[str]) -> Sequence[StoredObject]:
        return [row for row in self.rows.values() if row.upload_id in upload_ids]

    async def kept(self, object_ids: Sequence[UUID]) -> set[UUID]:
        return {one.id for one in self._living() if one.id in object_ids}

    async def claimed(self, after: UUID | None, *, limit: int) -> Sequence[UUID]:
        claimed = sorted(one.id for one in self._living() if not one.awaited)
        return [id_ for id_ in claimed if after is None or id_ > after][:limit]

    async def overdue(self, before: datetime) -> Sequence[UUID]:
        return [
            one.id
            for one in self.rows.values()
            if (one.state is State.DELETED and not one.erased)
            or (one.awaited and one.expires_at < before)
        ]

    async def accounted(self, spots: Sequence[Spot]) -> set[Spot]:
        known = {Spot(Place.SEALED, one.sealed) for one in self._living()}
        for row in self.rows.values():
            if not row.settled:
                known.add(Spot(Place.INCOMING, row.incoming))
        return known & set(spots)

    async def gathered(self, upload_ids: Sequence[str]) -> set[str]:
        return {one.upload_id for one in self._living() if one.upload_id} & set(upload_ids)

    async def advance(self, object_id: UUID) -> None:
        """There is no queue."""

    def _living(self) -> list[StoredObject]:
        return [one for one in self.rows.values() if one.state is not State.DELETED]

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
    """Parts of one upload, each as often as it was sent."""

    sealed: str
    begun: datetime
    parts: list[tuple[int, Lying]] = field(default_factory=list)


@dataclass
class FakeObjects:
    """An object store in memory; `deliver` and `collect` use its passes as HTTP would.

    It takes any length, as a store may that does not look at what was signed.
    """

    incoming: dict[str, Lying] = field(default_factory=dict)
    sealed: dict[str, Lying] = field(default_factory=dict)
    uploads: dict[str, Gathered] = field(default_factory=dict)
    before_seal: Callable[[], None] = lambda: None

    @property
    def kept(self) -> list[bytes]:
        return [lying.content for lying in self.sealed.values()]

    async def prepare(self) -> None: ...

    def upload_pass(
        self, incoming: str, *, life: timedelta, public: bool, size: int | None = None
    ) -> Pass:
        return Pass(f"fake:whole/{incoming}", {})

    def part_pass(
        self,
        sealed: str,
        upload_id: str,
        number: int,
        *,
        life: timedelta,
        public: bool,
        size: int | None = None,
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
            if upload_id not in self.uploads:
                raise LookupError("404: the upload is over")
            self.uploads[upload_id].parts.append((int(number), Lying(content, now)))

    async def collect(self, url: str) -> bytes | None:
        lying = self.sealed.get(url.removeprefix("fake:sealed/"))
        return None if lying is None else lying.content

    async def begin_parts(self, sealed: str) -> str:
        upload_id = uuid4().hex
        self.uploads[upload_id] = Gathered(sealed, datetime.now(UTC))
        return upload_id

    async def parts(self, sealed: str, upload_id: str) -> Sequence[Piece]:
        gathered = self.uploads.get(upload_id)
        came = sorted(gathered.parts, key=lambda part: part[0]) if gathered else []
        return [Piece(number, len(lying.content), lying.etag) for number, lying in came]

    async def join_parts(self, sealed: str, upload_id: str, parts: Sequence[Piece]) -> None:
        gathered = self.uploads.get(upload_id)
        if gathered is None:
            return
        told = {(piece.number, piece.etag) for piece in parts}
        latest = {
            number: lying.content
            for number, lying in gathered.parts
            if (number, lying.etag) in told
        }
        *body, _ = sizes = [len(latest[number]) for number in sorted(latest)]
        if any(size < 5 * 1024 * 1024 for size in body):
            raise PartsUnfit(str(sizes))
        del self.uploads[upload_id]
        whole = b"".join(latest[number] for number in sorted(latest))
        self.sealed[sealed] = Lying(whole, datetime.now(UTC))

    async def drop_parts(self, sealed: str, upload_id: str) -> None:
        self.uploads.pop(upload_id, None)

    async def arrived(self, spot: Spot) -> Arrived | None:
        lying = self._place(spot).get(spot.key)
        return None if lying is None else Arrived(len(lying.content), lying.etag)

    async def chunks(self, spot: Spot, etag: str) -> AsyncIterator[bytes]:
        content = self._unchanged(spot, etag).content
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]

    async def seal(self, incoming: str, sealed: str, etag: str) -> None:
        self.before_seal()
        self.sealed[sealed] = self._unchanged(Spot(Place.INCOMING, incoming), etag)

    async def keep(self, sealed: str, content: bytes) -> None:
        self.sealed[sealed] = Lying(content, datetime.now(UTC))

    async def whole(self, sealed: str) -> bytes | None:
        lying = self.sealed.get(sealed)
        return None if lying is None else lying.content

    async def erase(self, spot: Spot) -> None:
        self._place(spot).pop(spot.key, None)

    async def lying(self, place: Place) -> AsyncIterator[Sequence[Laid]]:
        for key, lying in list(self._place(Spot(place, "")).items()):
            yield [Laid(key, len(lying.content), lying.written)]

    async def gathering(self) -> Sequence[Begun]:
        return [Begun(one.sealed, key, one.begun) for key, one in self.uploads.items()]

    def _place(self, spot: Spot) -> dict[str, Lying]:
        return self.sealed if spot.place is Place.SEALED else self.incoming

    def _unchanged(self, spot: Spot, etag: str) -> Lying:
        lying = self._place(spot).get(spot.key)
        if lying is None or lying.etag != etag:
            raise Changed
        return lying


@dataclass(frozen=True)
class FakeSniffer:
    """Knows nothing, so only structure decides."""

    answer: Guess = field(default_factory=lambda: Guess("unknown", "Unknown binary data", 1.0))

    async def guess(self, sample: bytes) -> Guess:
        return self.answer
