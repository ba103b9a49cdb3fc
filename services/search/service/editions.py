"""The indexes of each edition, opened once in this process, and the one that is searched."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

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
        """Whether both indexes are the ones that were filled, and no others in their place."""
        return self.has_words and self.has_vectors

    @property
    def has_words(self) -> bool:
        """Whether its text index is the one that was filled."""
        return self.text.id == self.edition.text_index

    @property
    def has_vectors(self) -> bool:
        """Whether its vectors are the ones that were filled, as far as is known."""
        return self.vectors is None or self.edition.vector_index in {None, self.vectors.id}


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
        if not served.has_words:
            raise Away("the text index is being rebuilt")
        return await served.text.find(question, scope, most=most)

    async def nearest(self, vector: Vector, scope: Scope, *, most: int) -> list[Hit]:
        """Find by meaning in the edition that is served."""
        served = self._need_served()
        if served.vectors is None:
            return []
        if not served.has_vectors:
            raise Away("the vectors are being rebuilt")
        if vector.model != served.edition.model:
            raise OtherModel(f"vectors of {served.edition.model}, a question of {vector.model}")
        return await served.vectors.nearest(vector, scope, most=most)

    async def open(self, edition: Edition) -> Opened:
        """Open an edition's indexes, or give them if they are open."""
        async with self._turn:
            known = self._opened.get(edition.generation)
            edition = self._latest(edition)
            if known is None or (known.vectors is None and edition.model):
                return await self._open(edition)
            return self._note(replace(known, edition=edition))

    async def look(self, edition: Edition) -> Opened:
        """Open what stands there now: it may have been lost, or replaced, since we opened it."""
        async with self._turn:
            return await self._open(self._latest(edition))

    async def make(self, edition: Edition) -> Opened:
        """Make empty indexes for an edition in place of any there, and note their names in it."""
        await self._drop(edition.generation)
        made = await self.open(edition)
        vectors = made.vectors.id if made.vectors else None
        return replace(
            made, edition=replace(edition, text_index=made.text.id, vector_index=vectors)
        )

    async def serve(self, editions: Sequence[Edition]) -> None:
        """Take note of how editions stand, and let searches go to the one that is served."""
        for edition in editions:
            opened = await self.open(edition) if edition.is_live else None
            if edition.stage is Stage.SERVED:
                self._served = opened

    async def drop(self, generation: int) -> None:
        """Delete the indexes of an edition that nobody uses."""
        await self._drop(generation)

    async def sweep(self, live: Collection[int]) -> None:
        """Delete the indexes of editions that nobody knows of any more."""
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

    def _latest(self, edition: Edition) -> Edition:
        """Keep the model that we know: the caller may have read the row before it had one."""
        known = self._opened.get(edition.generation)
        if known is None:
            return edition
        return edition.of_model(known.edition.model, known.edition.dimensions)

    async def _open(self, edition: Edition) -> Opened:
        text = await self._texts.open(edition.generation)
        vectors = None
        if edition.model:
            vectors = await self._vectors.open(edition.generation, edition.dimensions)
        return self._note(Opened(edition, text, vectors))

    def _note(self, opened: Opened) -> Opened:
        self._opened[opened.edition.generation] = opened
        if self._served and self._served.edition.generation == opened.edition.generation:
            self._served = opened
        return opened

    def _need_served(self) -> Opened:
        if self._served is None:
            raise Away("no index is open yet")
        return self._served
