"""Collections: documents kept together under a name."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from contracts.collection import (
    Collection,
    CollectionPage,
    CreateCollection,
    DeleteCollection,
    DescribeCollection,
    EditCollection,
    ListCollections,
)
from services.gateway.dependencies import SignedIn
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.words import Cursor, IdempotencyKey, Inbound, Limit, Text

_COLLECTION: Final = {
    "id": "019aa1b2-0000-7000-8000-000000000011",
    "name": "Physics II",
    "document_count": 12,
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:00Z",
}
_EMPTY: Final = {**_COLLECTION, "document_count": 0}

router = APIRouter(prefix="/api/v1/collections", tags=["collections"])


class NewCollection(Inbound):
    """What it is called. Two may have the same name; their ids tell them apart."""

    name: Annotated[Text, Field(min_length=1, max_length=200)] = Field(examples=["Physics II"])


class CollectionEdit(Inbound):
    """What should change; what is left out stays."""

    name: Annotated[Text, Field(min_length=1, max_length=200)] | None = Field(
        default=None, examples=["Physics II"]
    )


@router.post(
    "",
    status_code=201,
    responses={201: shown(_EMPTY), **ALWAYS, **problems(404, 409, 413)},
)
async def create(body: NewCollection, visit: SignedIn, key: IdempotencyKey = None) -> Collection:
    """Make an empty collection."""
    asked = CreateCollection(
        name=body.name, idempotency_key=key, fingerprint=body.fingerprint() if key else None
    )
    return await visit.ask(asked)


@router.get("", responses={200: shown({"items": [_COLLECTION], "next_cursor": None}), **ALWAYS})
async def list_collections(
    visit: SignedIn, limit: Limit = 20, cursor: Cursor = None
) -> CollectionPage:
    """My collections, newest first."""
    return await visit.ask(ListCollections(limit=limit, cursor=cursor))


@router.get("/{collection_id}", responses={200: shown(_COLLECTION), **ALWAYS, **problems(404)})
async def describe(collection_id: UUID, visit: SignedIn) -> Collection:
    """What a collection is called, and how many documents are in it."""
    return await visit.ask(DescribeCollection(collection_id=collection_id))


@router.patch(
    "/{collection_id}", responses={200: shown(_COLLECTION), **ALWAYS, **problems(404, 413)}
)
async def edit(collection_id: UUID, body: CollectionEdit, visit: SignedIn) -> Collection:
    """Rename a collection."""
    return await visit.ask(EditCollection(collection_id=collection_id, name=body.name))


@router.delete(
    "/{collection_id}",
    status_code=204,
    response_class=Response,
    responses={**ALWAYS, **problems(404)},
)
async def delete(collection_id: UUID, visit: SignedIn) -> None:
    """Delete a collection; its documents stay."""
    await visit.ask(DeleteCollection(collection_id=collection_id))
