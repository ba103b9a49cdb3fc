"""How documents come into being: once each, however often the same upload is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Final
from uuid import UUID

from contracts import document as words
from contracts.document import (
    CheckAllowance,
    DocumentUploaded,
    RegisterDocument,
    ReserveUpload,
    UploadReserved,
)
from contracts.storage import CheckObject, DeleteObject
from services.document.model.allowance import Allowance
from services.document.model.document import Document
from services.document.model.errors import DocumentNotFound, person
from services.document.model.keys import insist_same
from services.document.ports import Store, Transaction
from services.document.service.collections import hold_collection
from services.document.service.wording import seen, tell
from shared.cause import Cause
from shared.messages import Done

_SUFFIX: Final = 16


@dataclass(frozen=True, slots=True)
class Registration:
    """The verbs of the beginning; each is one transaction."""

    store: Store
    allowance: Allowance
    now: Callable[[], datetime]

    async def reserve(self, asked: ReserveUpload, cause: Cause) -> UploadReserved:
        """Lease a key to one upload, or release it, or tell which document the key made before."""
        async with self.store.begin(cause) as tx:
            key = await tx.key(person(cause.actor), asked.idempotency_key, self.now())
            if asked.release:
                await tx.put_key(key.released_by(asked.holder))
                return UploadReserved()
            if key.document_id is not None:
                made = await made_by(tx, key.document_id)
                return UploadReserved(document=seen(made), fingerprint=key.fingerprint)
            await tx.put_key(key.held_by(asked.holder, self.now()))
            return UploadReserved()

    async def check(self, asked: CheckAllowance, cause: Cause) -> Done:
        """Refuse early what registration would refuse; only registration decides."""
        self.allowance.check(asked.size, await self.store.holdings(person(cause.actor)))
        return Done()

    async def register(self, asked: RegisterDocument, cause: Cause) -> words.Document:
        """Make a document of an uploaded object, or answer the one that was made of it before."""
        owner = person(cause.actor)
        async with self.store.begin(cause) as tx:
            made = await self._made_before(tx, owner, asked)
            if made is None:
                made = await self.admit(tx, asked, cause)
            return seen(made)

    async def admit(self, tx: Transaction, asked: RegisterDocument, cause: Cause) -> Document:
        """Make a document within what one may have, or find the one made of this object."""
        owner = person(cause.actor)
        await hold_collection(tx, asked.collection_id, cause)
        has = await tx.holdings(owner)
        made = await tx.find_by_object(asked.object_id)
        if made is not None:
            return made.of(owner)
        self.allowance.check(asked.size, has)
        return await self._make(tx, owner, asked)

    async def _made_before(
        self, tx: Transaction, owner: UUID, asked: RegisterDocument
    ) -> Document | None:
        """Find what this idempotency key made; the bytes that were sent again are thrown away."""
        if asked.idempotency_key is None:
            return None
        key = await tx.key(owner, asked.idempotency_key, self.now())
        if key.document_id is None:
            return None
        made = await made_by(tx, key.document_id)
        insist_same(key.fingerprint, asked.fingerprint)
        if made.object_id != asked.object_id:
            await tx.say(DeleteObject(object_id=asked.object_id))
        return made

    async def _make(self, tx: Transaction, owner: UUID, asked: RegisterDocument) -> Document:
        document = Document.registered(
            owner,
            asked.object_id,
            filename=asked.filename,
            title=asked.title,
            media_type=asked.media_type,
            size=asked.size,
            sha256=asked.sha256,
            tags=asked.tags,
            collection_id=asked.collection_id,
            now=self.now(),
        )
        uploaded = DocumentUploaded(
            document_id=document.id,
            owner_id=owner,
            object_id=document.object_id,
            size=document.size,
            sha256=document.sha256,
            media_type=document.media_type,
        )
        document = await tell(tx, None, document, uploaded, now=self.now())
        await tx.say(check_of(document))
        if asked.idempotency_key is not None:
            key = await tx.key(owner, asked.idempotency_key, self.now())
            await tx.put_key(key.spent_on(document.id, asked.fingerprint))
        return document


async def made_by(tx: Transaction, document_id: UUID) -> Document:
    """Find the document that an upload made, unless it was deleted since."""
    made = await tx.find(document_id)
    if made is None or made.deleted:
        raise DocumentNotFound(
            "The document that this upload made was deleted; "
            "send a new key to upload the file again."
        )
    return made


def check_of(document: Document) -> CheckObject:
    """Ask storage to check the file against what was announced."""
    return CheckObject(
        object_id=document.object_id,
        size=document.size,
        sha256=document.sha256,
        filename_suffix=PurePath(document.filename).suffix.lower()[:_SUFFIX],
    )
