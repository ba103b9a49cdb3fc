"""A collection in search's own indexes, cut and embedded by indexing's own code."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import asyncpg

from benchmarks.search.collection import Collection, Writing
from services.indexing.embed.local import LocalEmbedder
from services.indexing.model import Text
from services.indexing.passages.cut import cut
from services.search.index.embedded import EmbeddedTextIndex
from services.search.model.passage import About, Description, Embedded, Passage, Vector
from services.search.service.finding import Finding
from services.search.service.leg import Leg
from services.search.store.vector_indexes import PgVectorIndexes
from services.search.store.vectors import PgVectorIndex
from shared import migrations
from shared.cause import Cause, new_id
from tests.servers import Postgres

_AT_ONCE = 8
_PATIENCE = 60.0
_GRAPH = "vectors_meaning"
_DIMENSIONS = 384


@dataclass(frozen=True, slots=True)
class QuestionEmbedder:
    """Embeds questions in this process; search asks indexing over the bus for the same."""

    model: LocalEmbedder

    async def embed(self, text: str, cause: Cause) -> Vector:
        """Embed it as the passages were; nothing is remembered, so that every search pays."""
        del cause
        (vector,) = await self.model.embed_now([text])
        return Vector(self.model.model, vector)

    def distrust(self, text: str) -> None:
        """Have nothing to forget."""


@dataclass(slots=True)
class Library:
    """Both indexes, and what is needed to fill and to ask them."""

    url: str
    text: EmbeddedTextIndex
    vectors: PgVectorIndex
    model: LocalEmbedder
    owner: UUID = field(default_factory=new_id)
    named: dict[UUID, str] = field(default_factory=dict)
    """By document: what the collection calls it."""
    passages: int = 0

    @property
    def finding(self) -> Finding:
        """Search as the service does it, but for its patience."""
        legs = Leg("text", patience=_PATIENCE), Leg("semantic", patience=_PATIENCE)
        return Finding(self.text, self.vectors, QuestionEmbedder(self.model), *legs)

    async def add(self, collection: Collection) -> None:
        """Read the collection as if each writing were a file that was uploaded."""
        for start in range(0, len(collection.writings), _AT_ONCE):
            some = collection.writings[start : start + _AT_ONCE]
            await asyncio.gather(*(self._add(writing) for writing in some))

    async def put(self, about: About, embedded: Sequence[Embedded]) -> None:
        """Put one document into both indexes."""
        await self.vectors.put(about, self.model.model, embedded)
        await self.text.put(about, [one.passage for one in embedded])
        self.passages += len(embedded)

    async def _add(self, writing: Writing) -> None:
        document = new_id()
        self.named[document] = writing.id
        content = f"{writing.title}\n\n{writing.text}".strip()
        cuts = cut(Text(content), self.model.count)
        if not cuts:
            return
        vectors = await self.model.embed([one.text for one in cuts])
        embedded = [
            Embedded(
                Passage(
                    one.id_in(document, "1"),
                    one.ordinal,
                    one.page,
                    None,
                    one.start,
                    one.end,
                    one.text,
                ),
                vector,
            )
            for one, vector in zip(cuts, vectors, strict=True)
        ]
        await self.put(About(document, self.owner, 1, "1", Description(writing.title)), embedded)


@asynccontextmanager
async def library(server: Postgres, folder: Path, model: LocalEmbedder) -> AsyncGenerator[Library]:
    """Open an empty library for the length of a block."""
    url = await server.fresh_database(vector=True)
    await migrations.upgrade(url, "search")
    text = EmbeddedTextIndex.open(folder)
    indexes = PgVectorIndexes(url)
    try:
        yield Library(url, text, await indexes.open(0, _DIMENSIONS), model)
    finally:
        await indexes.close()
        text.close()


@asynccontextmanager
async def filling(place: Library) -> AsyncGenerator[None]:
    """Build the graph of vectors once, when all are there, as they would be by and by."""
    plain = await asyncpg.connect(place.url.replace("+asyncpg", ""))
    try:
        await plain.execute("SET search_path TO edition_0, public")
        definition = await plain.fetchval("SELECT pg_get_indexdef($1::regclass)", _GRAPH)
        await plain.execute(f"DROP INDEX {_GRAPH}")
        yield
        await plain.execute("SET maintenance_work_mem = '512MB'")
        await plain.execute(definition)
        await plain.execute("VACUUM ANALYZE vectors, vector_documents")
    finally:
        await plain.close()
