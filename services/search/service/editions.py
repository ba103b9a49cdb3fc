"""The indexes of each edition, opened once in this process, and the one that is searched."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.search.model.edition import Edition, Stage
from services.search.model.passage import Found, Hit, OtherModel, Scope, Vector
from services.search.model.question import Question
from services.search.ports import TextIndex, TextIndexes, VectorIndex, VectorIndexes
from shared.problems import Away


@dataclass(frozen=True, slots=True)
class Opened:
    """An edition with its indexes; vectors come with the first document that has some."""

    edition: Edition
    text: TextIndex
    vectors: VectorIndex | None

    @property
    def is_whole(self) -> bool:
        """Whether its text index is the one that was filled, and no other in its place."""
        return self.text.id == self.edition.text_index


class Editions:
    """Reads go to the edition that is served, whole searches at a time; writes to all of them."""

    def __init__(self, texts: TextIndexes, vectors: VectorIndexes) -> None:
        self._texts = texts
        self._vectors = vectors
        self._opened: dict[int, Opened] = {}
        self._served: Opened | None = None
        self._turn = asyncio.Lock()

    @property
    def model(self) -> str:
        """The model that questions are to be embedded by; none before there are vectors."""
        return self._served.edition.model if self._served else ""

    async def find(self, question: Question, scope: Scope, *, most: int) -> Found:
        """Find by words in the edition that is served."""
        served = self._need_served()
        if not served.is_whole:
            raise Away("the text index is being built anew")
        return await served.text.find(question, scope, most=most)

    async def nearest(self, vector: Vector, scope: Scope, *, most: int) -> list[Hit]:
        """Find by meaning in the edition that is served."""
        served = self._need_served()
        if served.vectors is None:
            return []
        if vector.model != served.edition.model:
            raise OtherModel(f"vectors of {served.edition.model}, a question of {vector.model}")
        return await served.vectors.nearest(vector, scope, most=most)

    async def open(self, edition: Edition) -> Opened:
        """Open an edition's indexes, or give them if they are open."""
        async with self._turn:
            known = self._opened.get(edition.generation)
            if known is not None:
                # Who read how it stands before its first vectors came is not to undo that.
                edition = edition.of_model(known.edition.model, known.edition.dimensions)
            text = known.text if known else await self._texts.open(edition.generation)
            vectors = known.vectors if known else None
            if vectors is None and edition.model:
                vectors = await self._vectors.open(edition.generation, edition.dimensions)
            opened = Opened(edition, text, vectors)
            self._opened[edition.generation] = opened
            if self._served and self._served.edition.generation == edition.generation:
                self._served = opened
            return opened

    async def make(self, generation: int) -> TextIndex:
        """Make room for an edition, whatever stood there."""
        await self._drop(generation)
        return await self._texts.open(generation)

    async def serve(self, editions: Sequence[Edition]) -> None:
        """Take note of how editions stand, and let searches go to the one that is served."""
        for edition in editions:
            opened = await self.open(edition) if edition.is_live else None
            if edition.stage is Stage.SERVED:
                self._served = opened

    async def drop(self, generation: int) -> None:
        """Give back the room of an edition that nobody uses."""
        await self._drop(generation)

    async def sweep(self, live: Collection[int]) -> None:
        """Give back the room of editions that nobody knows of any more."""
        there = {*await self._texts.generations(), *await self._vectors.generations()}
        for generation in sorted(there.difference(live)):
            await self._drop(generation)

    async def close(self) -> None:
        """Let go of all."""
        await self._texts.close()
        await self._vectors.close()

    async def _drop(self, generation: int) -> None:
        async with self._turn:
            self._opened.pop(generation, None)
            await self._texts.drop(generation)
            await self._vectors.drop(generation)

    def _need_served(self) -> Opened:
        if self._served is None:
            raise Away("no index is open yet")
        return self._served
