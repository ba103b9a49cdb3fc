"""Words the document service owns about collections of documents, first edition."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from shared.messages import Answer, Command, Done, Request


class Collection(Answer):
    """A collection as its owner sees it."""

    id: UUID
    name: str
    document_count: int
    created_at: datetime
    updated_at: datetime


class CollectionPage(Answer):
    """One page of a list of collections."""

    items: list[Collection]
    next_cursor: str | None = None


class CreateCollection(Request[Collection], subject="req.document.create-collection.v1"):
    """Make an empty collection; under an idempotency key one, however often asked."""

    name: str
    idempotency_key: str | None = None
    fingerprint: str | None = Field(default=None, description="Hash over the fields.")


class DescribeCollection(
    Request[Collection], subject="req.document.describe-collection.v1", key="collection_id"
):
    """What is this collection of the caller's called, and how much is in it?"""

    collection_id: UUID


class ListCollections(Request[CollectionPage], subject="req.document.list-collections.v1"):
    """The caller's collections, newest first."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class EditCollection(
    Request[Collection], subject="req.document.edit-collection.v1", key="collection_id"
):
    """Change its name; what is None stays."""

    collection_id: UUID
    name: str | None = None


class DeleteCollection(
    Request[Done], subject="req.document.delete-collection.v1", key="collection_id"
):
    """Delete a collection; its documents stay, and are in none."""

    collection_id: UUID


class TellEdited(Command, subject="cmd.document.tell-edited.v1"):
    """Tell the mesh of documents that were changed together, as by the end of their collection."""

    document_ids: list[UUID] = Field(min_length=1, max_length=1_000)
