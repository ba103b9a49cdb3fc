"""Stand-ins behind indexing's ports, held to the same promises as the real ones."""

import asyncio
import hashlib
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from services.indexing.model import Embedding, Job
from services.indexing.ports import NOBODY, Transaction
from shared.again import To
from shared.boxes import AlreadyHandled
from shared.cause import Cause
from shared.messages import Event, Message
from shared.problems import NotFound, Refused

DIMENSIONS = 384


@dataclass
class State:
    """Everything that a transaction changes."""

    jobs: dict[UUID, Job] = field(default_factory=dict)
    embeddings: dict[tuple[str, str], bytes] = field(default_factory=dict)
    uses: set[tuple[UUID, str, str]] = field(default_factory=set)
    inbox: set[tuple[str, str]] = field(default_factory=set)
    said: list[tuple[Message, int]] = field(default_factory=list)
    said_again: list[tuple[Event, To]] = field(default_factory=list)


@dataclass
class FakeStore:
    """A store in memory: what a block does counts when the block ends well."""

    state: State = field(default_factory=State)
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        async with self._alone:
            draft = deepcopy(self.state)
            if cause.delivery is not None:
                key = (cause.delivery.durable, cause.delivery.message_id)
                if key in draft.inbox:
                    raise AlreadyHandled(str(key))
                draft.inbox.add(key)
            yield FakeTransaction(draft)
            self.state = draft

    @property
    def said(self) -> list[Message]:
        return [message for message, _ in self.state.said]


@dataclass
class FakeTransaction:
    """Changes of a draft."""

    state: State

    async def job(self, document_id: UUID, owner_id: UUID) -> Job:
        return self.state.jobs.setdefault(document_id, Job(document_id, owner_id))

    async def put(self, job: Job) -> None:
        self.state.jobs[job.document_id] = job

    async def known(
        self, document_id: UUID, contents: Sequence[str], model: str
    ) -> list[Embedding]:
        found = [one for one in contents if (model, one) in self.state.embeddings]
        self.state.uses.update((document_id, model, content) for content in found)
        return [Embedding(one, self.state.embeddings[model, one]) for one in found]

    async def keep(self, document_id: UUID, embeddings: Sequence[Embedding], model: str) -> None:
        for one in embeddings:
            self.state.uses.add((document_id, model, one.content))
            self.state.embeddings.setdefault((model, one.content), one.vector)

    async def made(self, after: UUID | None, most: int) -> list[Job]:
        listed = sorted(
            (job for job in self.state.jobs.values() if job.made and job.stage != "cancelled"),
            key=lambda job: job.document_id,
        )
        return [job for job in listed if after is None or job.document_id > after][:most]

    async def forget(self, document_id: UUID, *, but: str = "") -> None:
        self.state.uses = {use for use in self.state.uses if use[0] != document_id or use[1] == but}
        used = {(model, content) for _, model, content in self.state.uses}
        kept = self.state.embeddings.items()
        self.state.embeddings = {key: vector for key, vector in kept if key in used}

    async def withdraw(self, document_id: UUID) -> None:
        """There is no queue."""

    async def advance(self, document_id: UUID) -> None:
        """There is no queue."""

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        self.state.said.append((message, sequence))

    async def say_again(self, event: Event, to: To, *, sequence: int = 0) -> None:
        self.state.said_again.append((event, to))


@dataclass(frozen=True)
class FakeKept:
    """An object in a dictionary."""

    object_id: UUID


class ObjectNotFound(NotFound, code="object-not-found", title="There is no such object"):
    """As storage has it."""


@dataclass
class FakeClaims:
    """Objects in a dictionary."""

    objects: dict[UUID, bytes] = field(default_factory=dict)
    after: Callable[[], Awaitable[None]] | None = None
    """What happens between keeping an object and hearing of it."""

    async def fetch(self, object_id: UUID, cause: Cause) -> bytes:
        _ = cause
        if object_id not in self.objects:
            raise Refused(ObjectNotFound(str(object_id)).details())
        return self.objects[object_id]

    async def keep(
        self,
        content: bytes,
        media_type: str,
        cause: Cause,
        *,
        placed: Callable[[UUID], Awaitable[None]],
    ) -> FakeKept:
        handled = cause.delivery.message_id if cause.delivery else cause.correlation
        name = f"{handled} {media_type} {hashlib.sha256(content).hexdigest()}"
        kept = FakeKept(uuid5(UUID(int=0), name))
        await placed(kept.object_id)
        self.objects[kept.object_id] = content
        if self.after is not None:
            await self.after()
        return kept


@dataclass
class FakeEmbedder:
    """Makes a unit vector of a text's hash; what stands in `before` comes before each batch."""

    model: str = "fake"
    before: Callable[[], Awaitable[None]] | None = None
    embedded: list[str] = field(default_factory=list)
    batches: int = 0

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    async def embed(self, texts: Sequence[str], owner: UUID = NOBODY) -> list[bytes]:
        _ = owner
        if self.before is not None:
            await self.before()
        self.batches += 1
        self.embedded += texts
        return [_vector(text) for text in texts]

    async def embed_now(self, texts: Sequence[str]) -> list[bytes]:
        return [_vector(text) for text in texts]


@dataclass
class Going:
    """Whether the process was told to go."""

    told: bool = False

    def is_set(self) -> bool:
        return self.told


def _vector(text: str) -> bytes:
    place = hashlib.sha256(text.encode()).digest()[0]
    return struct.pack(f"<{DIMENSIONS}f", *(float(one == place) for one in range(DIMENSIONS)))
