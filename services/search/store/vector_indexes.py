"""Vectors of several editions in one database: each in a schema of its own, dropped with it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from services.search.store.vectors import NAME, UNNAMED, PgVectorIndex, away_if_gone

IN_THE_ROW: Final = 1_800
"""Numbers of a vector that fit into a row's own page; longer ones lie beside it."""

_ALONE: Final = "SELECT pg_advisory_xact_lock(hashtext('vectors'))"
_THERE: Final = """
    SELECT substr(nspname, 9)::int AS generation FROM pg_namespace
    WHERE nspname ~ '^edition_[0-9]+$'"""
_MAKE: Final = """
    CREATE SCHEMA IF NOT EXISTS edition_{generation};
    SET LOCAL search_path TO edition_{generation}, public;
    CREATE TABLE IF NOT EXISTS vector_documents (
        document_id   uuid PRIMARY KEY,
        owner_id      uuid NOT NULL,
        version       integer NOT NULL,
        text_version  text NOT NULL,
        title         text NOT NULL,
        tags          text[] NOT NULL,
        collection_id uuid,
        model         text NOT NULL,
        passages      integer NOT NULL
    );
    CREATE INDEX IF NOT EXISTS vector_documents_owner ON vector_documents (owner_id);
    CREATE TABLE IF NOT EXISTS vectors (
        passage_id  uuid PRIMARY KEY,
        document_id uuid NOT NULL,
        owner_id    uuid NOT NULL,
        place       bigint NOT NULL,
        ordinal     integer NOT NULL,
        page        integer NOT NULL,
        starts      integer NOT NULL,
        ends        integer NOT NULL,
        heading     text,
        text        text NOT NULL,
        embedding   vector({dimensions}) NOT NULL
    );
    ALTER TABLE vectors ALTER COLUMN embedding SET STORAGE {storage},
        SET (toast_tuple_target = 8160);
    CREATE INDEX IF NOT EXISTS vectors_owner ON vectors (owner_id, document_id);
    CREATE INDEX IF NOT EXISTS vectors_document ON vectors (document_id);
    CREATE INDEX IF NOT EXISTS vectors_meaning ON vectors
        USING hnsw ((embedding::halfvec({dimensions})) halfvec_cosine_ops)"""
"""An exact scan reads every vector of an owner: they stay in the row if they can, and so do texts
while a page has room, for a hundred of them are read for each search. Half the precision finds the
same neighbours in half the memory and time; scores are exact."""


_UNNAME: Final = """
    DELETE FROM vector_documents WHERE document_id = '00000000-0000-0000-0000-000000000000';
    DELETE FROM vectors WHERE document_id = '00000000-0000-0000-0000-000000000000'"""
_NAME_DOCUMENTS: Final = """
    INSERT INTO vector_documents (document_id, owner_id, version, text_version, title, tags,
                                  model, passages)
    VALUES ($1, $2, 0, '', '', '{}', '', 0)"""
_NAME_VECTORS: Final = """
    INSERT INTO vectors (passage_id, document_id, owner_id, place, ordinal, page, starts, ends,
                         text, embedding)
    VALUES ($1, $1, $2, 0, 0, 0, 0, 0, '', array_fill(0, ARRAY[$3::int])::vector)"""


class PgVectorIndexes:
    """pgvector's indexes: what is made is kept, however often it is opened."""

    def __init__(self, url: str, *, pool: int = 6) -> None:
        self._url = url
        self._pool = pool
        self._opened: dict[int, PgVectorIndex] = {}

    async def open(self, generation: int, dimensions: int) -> PgVectorIndex:
        """Open what stands there now, an empty one for so many numbers if there is none."""
        known = self._opened.get(generation)
        if known is not None:
            if await known.stands():
                return known
            del self._opened[generation]
            await known.close()
        storage = "PLAIN" if dimensions <= IN_THE_ROW else "EXTERNAL"
        async with self._begin() as connection:
            await connection.execute(
                _MAKE.format(generation=generation, dimensions=dimensions, storage=storage)
            )
            index_id = await connection.fetchval(NAME) or await _named(connection, dimensions)
        schema = f"edition_{generation}"
        opened = await PgVectorIndex.connect(
            self._url, schema=schema, dimensions=dimensions, pool=self._pool, index_id=index_id
        )
        self._opened[generation] = opened
        return opened

    async def drop(self, generation: int) -> None:
        """Delete an edition's vectors."""
        opened = self._opened.pop(generation, None)
        if opened is not None:
            await opened.close()
        async with self._begin() as connection:
            await connection.execute(f"DROP SCHEMA IF EXISTS edition_{generation} CASCADE")

    async def generations(self) -> set[int]:
        """Tell of which editions there are any."""
        async with self._begin() as connection:
            return {row["generation"] for row in await connection.fetch(_THERE)}

    async def close(self) -> None:
        """Let every connection go, soon."""
        for opened in self._opened.values():
            await opened.close()

    @asynccontextmanager
    async def _begin(self) -> AsyncGenerator[asyncpg.Connection]:
        with away_if_gone():
            plain = self._url.replace("postgresql+asyncpg:", "postgresql:", 1)
            connection = await asyncpg.connect(plain, timeout=5)
            try:
                async with connection.transaction():
                    await connection.execute(_ALONE)
                    yield connection
            finally:
                await connection.close()


async def _named(connection: asyncpg.Connection, dimensions: int) -> UUID:
    """Give vectors that have no name, or have lost half of it, a new one."""
    name = uuid4()
    await connection.execute(_UNNAME)
    await connection.execute(_NAME_DOCUMENTS, UNNAMED, name)
    await connection.execute(_NAME_VECTORS, UNNAMED, name, dimensions)
    return name
