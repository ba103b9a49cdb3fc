"""Qdrant behind our port: a collection for each edition, exact for small scopes, its graph else."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Self
from uuid import UUID, uuid4

import numpy as np
from pydantic import TypeAdapter
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from services.search.model.passage import (
    About,
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
"""Passages in scope that are compared one by one; beyond them the graph is walked."""

AT_ONCE: Final = 256
"""Passages sent in one request."""

TIMEOUT: Final = 30
_MOST: Final = 100_000
_BUSY: Final = 429
_BROKEN: Final = 500
_THERE_ALREADY: Final = 409

_NAME_AT: Final = str(UUID(int=0))
"""A point that nobody owns, so that no search sees it; a collection made again has another."""

_ABOUT: Final = TypeAdapter(About)
_PASSAGE: Final = TypeAdapter(Passage)
_FILTERED_BY: Final = ("owner", "document", "collection", "tags", "model")


class QdrantIndex:
    """One edition's vectors. Every write waits until it is done."""

    def __init__(self, client: AsyncQdrantClient, name: str, index_id: UUID) -> None:
        self.id = index_id
        self._client = client
        self._name = name

    async def put(self, about: About, model: str, passages: Sequence[Embedded]) -> None:
        """Make these the only passages of the document: first the new ones, then none but them."""
        batch = str(uuid4())
        new = {one.passage.id: one for one in passages}
        points = [_point(about, model, batch, one) for one in new.values()]
        others = models.Filter(
            must=[_is("document", about.document_id)], must_not=[_is("batch", batch)]
        )
        async with _answering():
            for start in range(0, len(points), AT_ONCE):
                await self._client.upsert(self._name, points[start : start + AT_ONCE], wait=True)
            await self._client.delete(self._name, models.FilterSelector(filter=others), wait=True)

    async def describe(self, about: About) -> None:
        """Change what is said about a document; its passages stay."""
        whole = models.Filter(must=[_is("document", about.document_id)])
        async with _answering():
            # The passages keep the reading that they are of.
            found, _ = await self._client.scroll(self._name, whole, limit=1)
            if not found:
                return
            await self._client.set_payload(
                self._name,
                _described(about),
                points=models.FilterSelector(filter=whole),
                wait=True,
            )

    async def forget(self, document_id: UUID) -> None:
        """Keep nothing of a document."""
        whole = models.Filter(must=[_is("document", document_id)])
        async with _answering():
            await self._client.delete(self._name, models.FilterSelector(filter=whole), wait=True)

    async def holding(self, document_ids: Sequence[UUID]) -> set[UUID]:
        """Tell of which of these documents there is any passage."""
        held: set[UUID] = set()
        async with _answering():
            for one in document_ids:
                whole = models.Filter(must=[_is("document", one)])
                if (await self._client.count(self._name, whole)).count:
                    held.add(one)
        return held

    async def nearest(self, vector: Vector, scope: Scope, *, most: int) -> list[Hit]:
        """Find the nearest passages within the scope by cosine."""
        within = _within(scope)
        others = models.Filter(must=within, must_not=[_is("model", vector.model)])
        async with _answering():
            if (await self._client.count(self._name, others)).count:
                raise OtherModel(f"there are passages of other models than {vector.model}")
            inside = (await self._client.count(self._name, models.Filter(must=within))).count
            asked = np.frombuffer(vector.data, "<f4").tolist()
            exact = models.SearchParams(exact=inside <= EXACT_UP_TO)
            wanted = most + 1
            while True:
                found = await self._client.query_points(
                    self._name,
                    query=asked,
                    query_filter=models.Filter(must=within),
                    search_params=exact,
                    limit=wanted,
                )
                points = found.points
                # Equals of the last one may wait behind it: see them all before choosing.
                more = len(points) == wanted <= _MOST
                if not more or points[most - 1].score != points[-1].score:
                    break
                wanted *= 8
        return sorted(map(_hit, points), key=lambda hit: hit.order)[:most]


class QdrantIndexes:
    """Qdrant's indexes; replicas of search share them."""

    def __init__(self, client: AsyncQdrantClient, prefix: str = "studymesh-passages") -> None:
        self._client = client
        self._prefix = f"{prefix}-"

    @classmethod
    def at(cls, url: str, key: str, prefix: str) -> Self:
        """Prepare connections to a server; it need not be up yet."""
        client = AsyncQdrantClient(
            url=url, api_key=key or None, timeout=TIMEOUT, check_compatibility=False
        )
        return cls(client, prefix)

    async def open(self, generation: int, dimensions: int) -> QdrantIndex:
        """Open what stands there now, an empty one for so many numbers if there is none."""
        name = f"{self._prefix}{generation}"
        async with _answering():
            if not await self._client.collection_exists(name):
                await self._make(name, dimensions)
            index_id = await self._name_of(name)
            if index_id is None:
                await self._give_name(name, dimensions)
                # Another replica may have been quicker, or slower.
                index_id = await self._name_of(name)
        return QdrantIndex(self._client, name, index_id or UUID(_NAME_AT))

    async def drop(self, generation: int) -> None:
        """Delete an edition's vectors."""
        name = f"{self._prefix}{generation}"
        async with _answering():
            if await self._client.collection_exists(name):
                await self._client.delete_collection(name)

    async def generations(self) -> set[int]:
        """Tell of which editions there are any."""
        async with _answering():
            found = await self._client.get_collections()
        names = (one.name for one in found.collections)
        return {
            int(name.removeprefix(self._prefix)) for name in names if name.startswith(self._prefix)
        }

    async def close(self) -> None:
        """Let every connection go."""
        await self._client.close()

    async def _name_of(self, name: str) -> UUID | None:
        found = await self._client.retrieve(name, [_NAME_AT])
        return UUID((found[0].payload or {})["name"]) if found else None

    async def _give_name(self, name: str, dimensions: int) -> None:
        point = models.PointStruct(
            id=_NAME_AT, vector=[1.0] * dimensions, payload={"name": str(uuid4())}
        )
        await self._client.upsert(name, [point], wait=True)

    async def _make(self, name: str, dimensions: int) -> None:
        kind = models.VectorParams(size=dimensions, distance=models.Distance.COSINE)
        try:
            await self._client.create_collection(name, vectors_config=kind)
        except UnexpectedResponse as refused:
            # Another replica was quicker.
            if refused.status_code != _THERE_ALREADY:
                raise
        for field in _FILTERED_BY:
            await self._client.create_payload_index(
                name, field, models.PayloadSchemaType.KEYWORD, wait=True
            )


@asynccontextmanager
async def _answering() -> AsyncGenerator[None]:
    """Tell a server that is not there from one that said no."""
    try:
        yield
    except ResponseHandlingException as gone:
        raise Away("Qdrant cannot be reached") from gone
    except UnexpectedResponse as answer:
        status = answer.status_code or 0
        if status == _BUSY or status >= _BROKEN:
            raise Away(f"Qdrant answered {status}") from answer
        raise


def _is(field: str, value: UUID | str) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchValue(value=str(value)))


def _within(scope: Scope) -> list[models.Condition]:
    filters = {
        "owner": scope.owner_id,
        "document": scope.document_id,
        "collection": scope.collection_id,
        "tags": scope.tag,
    }
    return [_is(name, value) for name, value in filters.items() if value is not None]


def _described(about: About) -> dict[str, Any]:
    said = about.description
    return {
        "about": _ABOUT.dump_python(about, mode="json"),
        "collection": str(said.collection_id) if said.collection_id else None,
        "tags": list(said.tags),
    }


def _point(about: About, model: str, batch: str, one: Embedded) -> models.PointStruct:
    return models.PointStruct(
        id=str(one.passage.id),
        vector=np.frombuffer(one.vector, "<f4").tolist(),
        payload={
            **_described(about),
            "owner": str(about.owner_id),
            "document": str(about.document_id),
            "model": model,
            "batch": batch,
            "place": place(about.document_id, one.passage.ordinal),
            "passage": _PASSAGE.dump_python(one.passage, mode="json"),
        },
    )


def _hit(found: models.ScoredPoint) -> Hit:
    payload = found.payload or {}
    about = _ABOUT.validate_python(payload["about"])
    return Hit(about, _PASSAGE.validate_python(payload["passage"]), found.score)
