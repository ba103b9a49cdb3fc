"""What people do with their collections; each verb is one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts import collection as words
from contracts.collection import (
    CollectionPage,
    CreateCollection,
    DeleteCollection,
    DescribeCollection,
    EditCollection,
    ListCollections,
    TellEdited,
)
from contracts.document import DocumentEdited
from services.document.model.allowance import QuotaExceeded
from services.document.model.collection import Collection, CollectionKey
from services.document.model.errors import CollectionNotFound, person
from services.document.model.keys import insist_same
from services.document.ports import Store, Transaction
from services.document.service.wording import tell
from shared.cause import Cause
from shared.cursor import Listing
from shared.messages import Done

_TOLD_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Collections:
    """What people ask of their collections; `most` is how many one person may have."""

    store: Store
    most: int
    now: Callable[[], datetime]

    async def create(self, asked: CreateCollection, cause: Cause) -> words.Collection:
        """Make one, or answer the one that the same key made before."""
        made = Collection.made(person(cause.actor), asked.name, self.now())
        async with self.store.begin(cause) as tx:
            if asked.idempotency_key is not None:
                key = CollectionKey(
                    made.owner_id, asked.idempotency_key, self.now(), asked.fingerprint, made.id
                )
                kept = await tx.collection_key(key)
                insist_same(kept.fingerprint, asked.fingerprint)
                if kept.collection_id != made.id:
                    return seen(await _made_by(tx, kept))
            if await tx.count_collections(made.owner_id) >= self.most:
                raise QuotaExceeded(f"You have {self.most:,} collections.", limit=self.most)
            await tx.put_collection(made)
            return seen(made)

    async def describe(self, asked: DescribeCollection, cause: Cause) -> words.Collection:
        """Tell its name, and how much is in it."""
        async with self.store.begin(cause) as tx:
            return seen(await _mine(tx, asked.collection_id, cause))

    async def list(self, asked: ListCollections, cause: Cause) -> CollectionPage:
        """List the caller's collections, newest first."""
        owner = person(cause.actor)
        listing = Listing("collections", owner)
        before = listing.place_of(asked.cursor)
        async with self.store.begin(cause) as tx:
            found = await tx.collections(owner, limit=asked.limit + 1, before=before)
        shown = found[: asked.limit]
        return CollectionPage(
            items=[seen(collection) for collection in shown],
            next_cursor=listing.after(shown[-1].id) if len(found) > asked.limit else None,
        )

    async def edit(self, asked: EditCollection, cause: Cause) -> words.Collection:
        """Change its name."""
        async with self.store.begin(cause) as tx:
            before = await _mine(tx, asked.collection_id, cause, alone=True)
            after = before.renamed(asked.name, self.now())
            await tx.put_collection(after)
            return seen(after)

    async def delete(self, asked: DeleteCollection, cause: Cause) -> Done:
        """Take it away at once; that its documents are in none is told in the background."""
        async with self.store.begin(cause) as tx:
            collection = await _mine(tx, asked.collection_id, cause, alone=True)
            left = await tx.remove_collection(collection.id)
            for start in range(0, len(left), _TOLD_AT_ONCE):
                told = list(left[start : start + _TOLD_AT_ONCE])
                await tx.say(TellEdited(document_ids=told))
            return Done()

    async def tell_edited(self, heard: TellEdited, cause: Cause) -> None:
        """Say of each document that is still there that it was edited."""
        async with self.store.begin(cause) as tx:
            for document_id in sorted(heard.document_ids):
                document = await tx.find(document_id)
                if document is not None and not document.deleted:
                    edited = DocumentEdited(document_id=document.id, owner_id=document.owner_id)
                    await tell(tx, document, document, edited, now=self.now())


def seen(collection: Collection) -> words.Collection:
    """Describe it to its owner."""
    return words.Collection(
        id=collection.id,
        name=collection.name,
        document_count=collection.documents,
        created_at=collection.created_at,
        updated_at=collection.updated_at,
    )


async def _made_by(tx: Transaction, key: CollectionKey) -> Collection:
    made = await tx.collection(key.collection_id)
    if made is None:
        raise CollectionNotFound(
            "The collection that this Idempotency-Key made was deleted;"
            " send a new key to make another."
        )
    return made


async def hold_collection(tx: Transaction, collection_id: UUID | None, cause: Cause) -> None:
    """Insist that a collection is the caller's, and see that it stays until the end.

    Call it before a document is held: whoever deletes a collection holds it first, too.
    """
    if collection_id is not None:
        await _mine(tx, collection_id, cause)


async def _mine(
    tx: Transaction, collection_id: UUID, cause: Cause, *, alone: bool = False
) -> Collection:
    found = await tx.collection(collection_id, alone=alone)
    if found is None:
        raise CollectionNotFound
    return found.of(person(cause.actor))
