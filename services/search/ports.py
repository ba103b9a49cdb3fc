"""What search needs of the world, in our words."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from services.search.model.document import IndexedDocument, Reading
from services.search.model.edition import Edition
from services.search.model.passage import (
    About,
    Contents,
    Description,
    Embedded,
    Found,
    Hit,
    Kind,
    Passage,
    Scope,
    Vector,
)
from services.search.model.question import Question
from shared.cause import Cause
from shared.messages import Message
from shared.rebuilds import Progress


class FindsByWords(Protocol):
    """What a search asks of a text index."""

    async def find(self, question: Question, scope: Scope, *, most: int) -> Found:
        """Find the best passages within the scope, best first, equals in one order for ever."""


class FindsByMeaning(Protocol):
    """What a search asks of vectors."""

    async def nearest(self, vector: Vector, scope: Scope, *, most: int) -> list[Hit]:
        """Find the nearest by cosine within the scope; `OtherModel` if any there has another's."""


class TextIndex(FindsByWords, Protocol):
    """Finds passages by their words. Every write is durable on return and may be repeated."""

    @property
    def id(self) -> UUID:
        """Tell this index from one made again, which would be empty."""

    async def put(self, about: About, passages: Sequence[Passage]) -> None:
        """Make these the only passages of the document."""

    async def describe(self, about: About) -> None:
        """Change what is said about a document; its passages stay."""

    async def forget(self, document_id: UUID) -> None:
        """Keep nothing of a document."""

    async def holding(self, document_ids: Sequence[UUID]) -> set[UUID]:
        """Tell of which of these documents it still holds anything."""


class VectorIndex(FindsByMeaning, Protocol):
    """Finds passages by their meaning. Every write is durable on return and may be repeated."""

    @property
    def id(self) -> UUID:
        """Tell these vectors from ones made again, which would be empty."""

    async def put(self, about: About, model: str, passages: Sequence[Embedded]) -> None:
        """Make these the only passages of the document."""

    async def describe(self, about: About) -> None:
        """Change what is said about a document; its passages stay."""

    async def forget(self, document_id: UUID) -> None:
        """Keep nothing of a document."""

    async def holding(self, document_ids: Sequence[UUID]) -> set[UUID]:
        """Tell of which of these documents it still holds anything."""


class TextIndexes(Protocol):
    """Where text indexes stand, one for each edition."""

    async def open(self, generation: int) -> TextIndex:
        """Open what stands there now as an edition's, an empty one if there is none."""

    async def drop(self, generation: int) -> None:
        """Delete an edition's, if there is one; nobody writes to it any more."""

    async def generations(self) -> set[int]:
        """Tell of which editions there are any."""

    async def close(self) -> None:
        """Let go of all that are open."""


class VectorIndexes(Protocol):
    """Where vectors stand, apart for each edition."""

    async def open(self, generation: int, dimensions: int) -> VectorIndex:
        """Open what stands there now, an empty one for so many numbers if there is none."""

    async def drop(self, generation: int) -> None:
        """Delete an edition's, if there is one; nobody writes to it any more."""

    async def generations(self) -> set[int]:
        """Tell of which editions there are any."""

    async def close(self) -> None:
        """Let go of all that are open."""


class Embedder(Protocol):
    """Turns a question into a vector."""

    async def embed(self, text: str, cause: Cause) -> Vector:
        """Embed it as the passages were, or raise `Away`."""

    def distrust(self, text: str) -> None:
        """Forget a vector that was remembered for a text: its model has changed."""


class Models(Protocol):
    """Knows which models there are."""

    async def newest(self, cause: Cause) -> Kind:
        """Tell by which model passages are embedded now."""


class Passages(Protocol):
    """Fetches what indexing made of a reading."""

    async def read(self, document_id: UUID, reading: Reading, cause: Cause) -> Contents:
        """Read all of its passages; `BadPassages` if they are not the ones announced."""


class Documents(Protocol):
    """Knows the personal things of a document, which no event carries."""

    async def describe(self, document_id: UUID, cause: Cause) -> Description:
        """Ask for title, tags and collection; `NotFound` once the document is deleted."""


class Transaction(Protocol):
    """Changes and messages that happen together or not at all."""

    async def take(self, document_id: UUID, owner_id: UUID) -> IndexedDocument:
        """Read a document, blank if unknown; nobody else may change it until the end."""

    async def put(self, document: IndexedDocument) -> None:
        """Keep it as it is now."""

    async def editions(self, *, alone: bool = False) -> list[Edition]:
        """List them; `alone` lets nobody else change how they stand until the end."""

    async def put_edition(self, edition: Edition) -> None:
        """Keep how an edition stands now."""

    async def adopt(self, generation: int, model: str, dimensions: int) -> Edition:
        """Give an edition its model, unless it has one, and tell how it stands then."""

    async def name_vectors(self, generation: int, vector_index: UUID) -> None:
        """Note which vectors are an edition's, unless that is known."""

    async def outgrow(self, generation: int) -> None:
        """Note that there are documents embedded by another model than an edition's."""

    async def remove_edition(self, generation: int) -> None:
        """Forget one whose indexes are gone."""

    async def begin_rebuild(self, durables: Sequence[str]) -> int:
        """Begin the next rebuild, which hears at these places; the answer is its generation."""

    async def expect(self, generation: int, durable: str, said: int) -> None:
        """Note how much an owner has said for a rebuild."""

    async def progress(self) -> Progress:
        """Tell how the last rebuild goes."""

    async def say(self, message: Message, *, sequence: int = 0) -> None:
        """Tell it to the mesh."""


class Store(Protocol):
    """Remembers which reading of each document stands in the indexes."""

    def begin(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that commits when its block ends."""

    async def known(self) -> Mapping[UUID, bool]:
        """Name every document that was ever heard of, and whether it should be found."""

    async def outdated(self, document_id: UUID, version: int) -> bool:
        """Say whether a reading is of no interest any more, to spare its fetching."""
