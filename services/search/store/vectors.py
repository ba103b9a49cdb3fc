"""pgvector behind our port, on connections of its own: it commits before the service does."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Final, Self
from uuid import UUID

import asyncpg
import numpy as np
from pgvector.asyncpg import register_vector

from services.search.model.passage import (
    About,
    Description,
    Embedded,
    Hit,
    OtherModel,
    Passage,
    Scope,
    Vector,
    place,
)
from shared.problems import Away

EXACT_UP_TO: Final = 15_000
"""Passages in scope that are compared one by one, 1.2 µs each; beyond them the graph is walked.

Measured with 100,000 passages: 10,000 of them compared in 12 ms, where the graph, which filters
behind its walk, took 40 ms; 50,000 compared in 60 ms, walked in 12 ms, 98 of 100 being the same.
"""

CLOSE_WITHIN: Final = 3.0

UNNAMED: Final = UUID(int=0)
NAME: Final = """
    SELECT d.owner_id FROM vector_documents AS d JOIN vectors AS v USING (document_id, owner_id)
    WHERE document_id = '00000000-0000-0000-0000-000000000000'"""
"""A row in each table is the name of both: it goes when one is dropped or emptied, and stays over
whatever a database may do with its tables. Nobody owns it, so that no search sees it."""

_GONE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    ConnectionError,
    TimeoutError,
    OSError,
)
_COLUMNS: Final = (
    "passage_id", "document_id", "owner_id", "place", "ordinal",
    "page", "starts", "ends", "heading", "text", "embedding",
)  # fmt: skip
_ABOUT: Final = """
    INSERT INTO vector_documents (document_id, owner_id, version, text_version, title, tags,
                                  collection_id, model, passages)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"""
_DESCRIBE: Final = """
    UPDATE vector_documents SET title = $2, tags = $3, collection_id = $4 WHERE document_id = $1"""
_HOLDING: Final = """
    SELECT document_id FROM vector_documents WHERE document_id = ANY($1)
    UNION SELECT document_id FROM vectors WHERE document_id = ANY($1)"""
_IN_SCOPE: Final = """
    SELECT coalesce(sum(passages), 0) AS passages, coalesce(bool_or(model <> $5), false) AS mixed,
           array_agg(document_id) FILTER (WHERE NOT $6) AS documents
    FROM vector_documents
    WHERE owner_id = $1 AND ($2::uuid IS NULL OR document_id = $2)
      AND ($3::uuid IS NULL OR collection_id = $3) AND ($4::text IS NULL OR $4 = ANY(tags))"""
_SHOWN: Final = (
    "passage_id, document_id, owner_id, place, ordinal, page, starts, ends, heading, text"
)
_NEAREST: Final = """
    SELECT v.*, d.version, d.text_version, d.title, d.tags, d.collection_id
    FROM ({nearest}) AS v JOIN vector_documents AS d USING (document_id)
    ORDER BY v.distance, v.place, v.passage_id LIMIT $4"""
_EXACT: Final = """
    SELECT {shown}, best.distance FROM vectors JOIN (
        SELECT passage_id, embedding <=> $2 AS distance FROM vectors
        WHERE owner_id = $1 AND ($3::uuid[] IS NULL OR document_id = ANY($3))
        ORDER BY distance, vectors.place, passage_id LIMIT $4
    ) AS best USING (passage_id)"""
_WALK: Final = """
    SELECT {shown}, embedding <=> $2::vector AS distance FROM vectors
    WHERE owner_id = $1 AND ($3::uuid[] IS NULL OR document_id = ANY($3))
    ORDER BY embedding::halfvec({dimensions}) <=> $2::vector::halfvec({dimensions})
    FETCH FIRST ($4::int) ROWS WITH TIES"""

_WALKING: Final = {
    "hnsw.iterative_scan": "strict_order",
    "hnsw.ef_search": "200",
    "hnsw.max_scan_tuples": "100000",
}
"""Of every connection from its start, so that no search must say so first."""


class PgVectorIndex:
    """Vectors in search's own database: exact for small scopes, HNSW with iterative scan else."""

    def __init__(
        self, pool: asyncpg.Pool, writers: int, dimensions: int, index_id: UUID = UNNAMED
    ) -> None:
        self.id = index_id
        self._pool = pool
        self._writers = asyncio.Semaphore(writers)
        self._dimensions = dimensions

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        schema: str = "edition_0",
        dimensions: int = 384,
        pool: int = 6,
        index_id: UUID = UNNAMED,
    ) -> Self:
        """Prepare a pool on `postgresql+asyncpg://…`; the server need not be up yet."""
        made = asyncpg.create_pool(
            url.replace("postgresql+asyncpg:", "postgresql:", 1),
            min_size=0,
            max_size=pool,
            timeout=5,
            init=register_vector,
            reset=_as_it_was,
            server_settings={
                "application_name": "search-vectors",
                "search_path": f"{schema},public",
                **_WALKING,
            },
        )
        # Writing may take long; some connections are always left to those who search.
        return cls(await made, max(1, pool // 2), dimensions, index_id)

    async def close(self) -> None:
        """Let every connection go, soon."""
        try:
            await asyncio.wait_for(self._pool.close(), CLOSE_WITHIN)
        except TimeoutError:
            self._pool.terminate()

    async def stands(self) -> bool:
        """Say whether both tables are still there and filled, and no others in their place."""
        async with self._connection() as connection:
            try:
                return bool(await connection.fetchval(NAME) == self.id)
            except asyncpg.UndefinedTableError:
                return False

    async def put(self, about: About, model: str, passages: Sequence[Embedded]) -> None:
        """Make these the only passages of the document, in one transaction."""
        rows = {one.passage.id: _row(about, one) for one in passages}
        async with self._writers, self._begin() as connection:
            await _forget(connection, about.document_id)
            await connection.execute(_ABOUT, *_described(about), model, len(rows))
            await connection.copy_records_to_table(
                "vectors", records=rows.values(), columns=_COLUMNS
            )

    async def describe(self, about: About) -> None:
        """Change what is said about a document; its passages stay."""
        async with self._writers, self._begin() as connection:
            await connection.execute(_DESCRIBE, about.document_id, *_description(about.description))

    async def forget(self, document_id: UUID) -> None:
        """Keep nothing of a document."""
        async with self._writers, self._begin() as connection:
            await _forget(connection, document_id)

    async def holding(self, document_ids: Sequence[UUID]) -> set[UUID]:
        """Tell of which of these documents there is a row or a vector."""
        async with self._connection() as connection:
            rows = await connection.fetch(_HOLDING, list(document_ids))
        return {row["document_id"] for row in rows}

    async def nearest(self, vector: Vector, scope: Scope, *, most: int) -> list[Hit]:
        """Find the nearest passages within the scope by cosine."""
        whole = scope == Scope(scope.owner_id)
        within = scope.owner_id, scope.document_id, scope.collection_id, scope.tag
        async with self._connection() as connection:
            inside = await connection.fetchrow(_IN_SCOPE, *within, vector.model, whole)
            if inside["mixed"]:
                raise OtherModel(f"not all passages are of {vector.model}, as the question is")
            passages = inside["passages"]
            if passages == 0:
                return []
            asked = scope.owner_id, np.frombuffer(vector.data, "<f4"), inside["documents"], most
            rows: list[asyncpg.Record] = []
            if passages > EXACT_UP_TO:
                rows = await connection.fetch(self._nearest(_WALK), *asked)
            if len(rows) < min(most, passages):
                rows = await connection.fetch(self._nearest(_EXACT), *asked)
        return [_hit(row) for row in rows]

    def _nearest(self, how: str) -> str:
        nearest = how.format(shown=_SHOWN, dimensions=self._dimensions)
        return _NEAREST.format(nearest=nearest)

    @asynccontextmanager
    async def _begin(self) -> AsyncGenerator[asyncpg.Connection]:
        async with self._connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[asyncpg.Connection]:
        with away_if_gone():
            async with self._pool.acquire(timeout=5) as connection:
                yield connection


@contextmanager
def away_if_gone() -> Generator[None]:
    """Tell a database that is not there from one that said no."""
    try:
        yield
    except _GONE as error:
        raise Away("the vectors cannot be reached") from error


async def _as_it_was(_: asyncpg.Connection) -> None:
    """Give a connection back without a word: nothing here changes more than a transaction.

    The pool would ask the server to undo everything, a round trip before each answer.
    """


async def _forget(connection: asyncpg.Connection, document_id: UUID) -> None:
    await connection.execute("DELETE FROM vectors WHERE document_id = $1", document_id)
    await connection.execute("DELETE FROM vector_documents WHERE document_id = $1", document_id)


def _described(about: About) -> tuple[object, ...]:
    return (
        about.document_id,
        about.owner_id,
        about.version,
        about.text_version,
        *_description(about.description),
    )


def _description(said: Description) -> tuple[str, list[str], UUID | None]:
    return said.title, list(said.tags), said.collection_id


def _row(about: About, one: Embedded) -> tuple[object, ...]:
    passage = one.passage
    return (
        passage.id,
        about.document_id,
        about.owner_id,
        place(about.document_id, passage.ordinal),
        passage.ordinal,
        passage.page,
        passage.start,
        passage.end,
        passage.heading,
        passage.text,
        np.frombuffer(one.vector, "<f4"),
    )


def _hit(row: asyncpg.Record) -> Hit:
    about = About(
        document_id=row["document_id"],
        owner_id=row["owner_id"],
        version=row["version"],
        text_version=row["text_version"],
        description=Description(row["title"], tuple(row["tags"]), row["collection_id"]),
    )
    passage = Passage(
        id=row["passage_id"],
        ordinal=row["ordinal"],
        page=row["page"],
        heading=row["heading"],
        start=row["starts"],
        end=row["ends"],
        text=row["text"],
    )
    return Hit(about, passage, 1.0 - row["distance"])
