"""What indexing needs from outside, in its own words."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol
from uuid import UUID

from services.indexing.model import Embedding, Job
from shared.again import To
from shared.cause import Cause
from shared.messages import Event, Message

NOBODY: Final = UUID(int=0)
"""Whom the mesh's own work is for."""


class Transaction(Protocol):
    """Changes and messages that happen together or not at all."""

    async def job(self, document_id: UUID, owner_id: UUID) -> Job:
        """Hold a document's job, a new one if need be; nobody else changes it meanwhile."""
        ...

    async def put(self, job: Job) -> None:
        """Store how the job stands."""
        ...

    async def known(
        self, document_id: UUID, contents: Sequence[str], model: str
    ) -> list[Embedding]:
        """Fetch what a model made of these contents before, and note that the document uses it."""
        ...

    async def keep(self, document_id: UUID, embeddings: Sequence[Embedding], model: str) -> None:
        """Keep what a model made for a document; keeping it twice is keeping it once."""
        ...

    async def forget(self, document_id: UUID, *, but: str = "") -> None:
        """Drop every embedding (but a model's) that no other document uses."""
        ...

    async def made(self, after: UUID | None, most: int) -> list[Job]:
        """List the jobs of which passages were told, in the order of their documents' ids."""
        ...

    async def say_again(self, event: Event, to: To, *, sequence: int = 0) -> None:
        """Say something to one listener alone if, and only if, this all happens."""
        ...

    async def withdraw(self, document_id: UUID) -> None:
        """Take back the long work on a document; who does it stops within a second or two."""
        ...

    async def advance(self, document_id: UUID) -> None:
        """Let the work on a document come before all other of its owner's that waits."""
        ...

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        """Say something if, and only if, this all happens."""
        ...


class Store(Protocol):
    """Where jobs and embeddings live."""

    def begin(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that commits at the end of its block."""
        ...


class Stock(Protocol):
    """What is stored, whoever it belongs to."""

    async def referred_to(self, object_ids: Sequence[UUID]) -> set[UUID]:
        """Tell to which of these objects a job refers."""
        ...

    async def jobs(self) -> set[UUID]:
        """Name every document that something is kept of."""
        ...

    async def unused(self) -> set[str]:
        """Name every embedded content that no document uses."""
        ...


class Kept(Protocol):
    """A large thing that was put away."""

    @property
    def object_id(self) -> UUID: ...


class Claims(Protocol):
    """Large things by claim check: what is put away is found again under its id."""

    async def fetch(self, object_id: UUID, cause: Cause) -> bytes:
        """Read an object whole."""
        ...

    async def keep(
        self,
        content: bytes,
        media_type: str,
        cause: Cause,
        *,
        placed: Callable[[UUID], Awaitable[None]],
    ) -> Kept:
        """Put content away; `placed` is told its id before it can be found there.

        The same content for the same message is one object.
        """
        ...


class Embedder(Protocol):
    """Knows what texts mean, as unit vectors of little-endian 32-bit floats."""

    @property
    def model(self) -> str:
        """The fingerprint of the model: equal ones make comparable vectors."""
        ...

    def count(self, texts: Sequence[str]) -> list[int]:
        """Count each text's tokens; blocks, so call it in a thread."""
        ...

    async def embed(self, texts: Sequence[str], owner: UUID = NOBODY) -> list[bytes]:
        """Embed a batch, in its order, as part of long work for somebody; fair between owners."""
        ...

    async def embed_now(self, texts: Sequence[str]) -> list[bytes]:
        """Embed a few short texts that somebody waits for, not queueing behind long work."""
        ...


class Draining(Protocol):
    """Whether the process was told to go."""

    def is_set(self) -> bool: ...
