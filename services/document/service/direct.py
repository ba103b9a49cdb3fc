"""Files that their owners send to the object store themselves, from announcement to document."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts import document as words
from contracts.document import RegisterDocument
from contracts.storage import ArrivedPart, DeleteObject, Ticket
from contracts.upload import (
    AbortUpload,
    BeginUpload,
    CompleteUpload,
    DescribeUpload,
    OpenUploadPart,
    UploadBegun,
    UploadSeen,
    UploadStatus,
)
from services.document.model.allowance import QuotaExceeded
from services.document.model.errors import person
from services.document.model.keys import insist_same
from services.document.model.upload import Upload, UploadNotFound
from services.document.ports import Places, Store, Transaction
from services.document.service.collections import hold_collection
from services.document.service.registration import Registration, made_by
from services.document.service.wording import seen
from shared.cause import Cause
from shared.messages import Done


@dataclass(frozen=True, slots=True)
class DirectUploads:
    """The verbs. Whatever ends an upload holds its row, so of two endings one wins."""

    store: Store
    places: Places
    registration: Registration
    now: Callable[[], datetime]

    async def begin(self, asked: BeginUpload, cause: Cause) -> UploadBegun:
        """Write the announcement down and open a place, or answer what the same key began."""
        fresh = Upload.announced(
            person(cause.actor),
            filename=asked.filename,
            media_type=asked.media_type,
            size=asked.size,
            sha256=asked.sha256,
            title=asked.title,
            tags=asked.tags,
            collection_id=asked.collection_id,
            key=asked.idempotency_key,
            fingerprint=asked.fingerprint,
            now=self.now(),
        )
        async with self.store.begin(cause) as tx:
            upload = await self._begun(tx, fresh, cause)
        opened = await self.places.open(upload, cause)
        async with self.store.begin(cause) as tx:
            upload = await self._mine(tx, upload.id, cause)
            if upload.object_id is None:
                upload = upload.placed(opened.object_id, opened.part_size, opened.expires_at)
                await tx.put_upload(upload)
        return UploadBegun(
            upload_id=upload.id,
            whole=opened.whole if upload.part_size is None else None,
            part_size=upload.part_size,
            expires_at=upload.expires_at,
        )

    async def open_part(self, asked: OpenUploadPart, cause: Cause) -> Ticket:
        """Hand out a ticket for one part."""
        async with self.store.begin(cause) as tx:
            upload = (await self._mine(tx, asked.upload_id, cause)).open()
        return await self.places.open_part(upload.place(), asked.number, cause)

    async def describe(self, asked: DescribeUpload, cause: Cause) -> UploadSeen:
        """Tell what the object store has got of it."""
        async with self.store.begin(cause) as tx:
            upload = await self._mine(tx, asked.upload_id, cause)
            if upload.document_id is not None:
                await made_by(tx, upload.document_id)
        if upload.document_id is None:
            parts = await self.places.parts(upload.place(), cause)
        else:
            sizes = enumerate(upload.sizes(), start=1)
            parts = [ArrivedPart(number=number, size=size) for number, size in sizes]
        return UploadSeen(
            upload_id=upload.id,
            status=UploadStatus.COMPLETED if upload.document_id else UploadStatus.OPEN,
            size=upload.size,
            part_size=upload.part_size,
            parts=parts,
            expires_at=upload.expires_at,
            document_id=upload.document_id,
        )

    async def abort(self, asked: AbortUpload, cause: Cause) -> Done:
        """Give it up; what was sent is deleted."""
        async with self.store.begin(cause) as tx:
            upload = (await self._mine(tx, asked.upload_id, cause)).open()
            await tx.drop_upload(upload.id)
            if upload.object_id is not None:
                await tx.say(DeleteObject(object_id=upload.object_id))
        return Done()

    async def complete(self, asked: CompleteUpload, cause: Cause) -> words.Document:
        """Make a document of it; refused unless storage has exactly the announced bytes."""
        async with self.store.begin(cause) as tx:
            upload = await self._mine(tx, asked.upload_id, cause)
            if upload.document_id is not None:
                return seen(await made_by(tx, upload.document_id))
        await self.places.close(upload.place(), cause)
        async with self.store.begin(cause) as tx:
            await hold_collection(tx, upload.collection_id, cause)
            upload = await self._mine(tx, asked.upload_id, cause)
            if upload.document_id is not None:
                return seen(await made_by(tx, upload.document_id))
            document = await self.registration.admit(tx, _registration(upload), cause)
            await tx.put_upload(upload.completed(document.id, self.now()))
            return seen(document)

    async def forget_expired(self) -> int:
        """Delete uploads that expired, and answer how many; storage sweeps their bytes."""
        async with self.store.begin(Cause()) as tx:
            return await tx.expire_uploads(self.now())

    async def _begun(self, tx: Transaction, fresh: Upload, cause: Cause) -> Upload:
        await hold_collection(tx, fresh.collection_id, cause)
        upload = await tx.begin_upload(fresh, self.now())
        if upload.id != fresh.id:
            if upload.document_id is not None:
                await made_by(tx, upload.document_id)
            insist_same(upload.fingerprint, fresh.fingerprint)
            return upload
        allowance = self.registration.allowance
        allowance.check(fresh.size, await tx.holdings(fresh.owner_id))
        coming = await tx.coming(fresh.owner_id, self.now())
        if coming.size > allowance.size or coming.documents > allowance.documents:
            raise QuotaExceeded(
                f"{coming.documents - 1:,} uploads are on their way already; "
                "complete or abort some first.",
                limit=allowance.size,
            )
        return upload

    async def _mine(self, tx: Transaction, upload_id: UUID, cause: Cause) -> Upload:
        found = await tx.upload(upload_id)
        if found is None:
            raise UploadNotFound
        return found.of(person(cause.actor), self.now())


def _registration(upload: Upload) -> RegisterDocument:
    return RegisterDocument(
        object_id=upload.place(),
        filename=upload.filename,
        title=upload.title,
        tags=list(upload.tags),
        collection_id=upload.collection_id,
        size=upload.size,
        sha256=upload.sha256,
        media_type=upload.media_type,
    )
