"""What storage does: opens places for bytes, seals what services made, hands out reads, deletes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.storage import (
    LIGHT,
    AdvanceObject,
    DeleteObject,
    DiscardUpload,
    DownloadTicket,
    ObjectDeleted,
    ObjectSealed,
    OpenDownload,
    OpenPart,
    OpenUpload,
    SealObject,
    Ticket,
    UploadOpened,
)
from services.storage.check import Examiner, Verified
from services.storage.model.announced import Announced
from services.storage.model.errors import ObjectNotFound, TooLarge
from services.storage.model.stored import State, StoredObject, person
from services.storage.ports import Objects, Store, Transaction
from shared.cause import Cause
from shared.messages import Done

MARGIN = timedelta(hours=1)
LONGEST = timedelta(days=7)
"""No S3 server signs for longer."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long permissions last, and how large parts are."""

    part_size: int
    upload_life: timedelta
    download_life: timedelta
    unclaimed_life: timedelta


def utc_now() -> datetime:
    """Tell the time, as the model is told it."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Storage:
    """The verbs but for the check, which has a file of its own."""

    store: Store
    objects: Objects
    examiner: Examiner
    terms: Terms
    now: Callable[[], datetime] = utc_now

    async def open_upload(self, asked: OpenUpload, cause: Cause) -> UploadOpened:
        """Make a place for bytes of the actor's, or answer the one that the repeat key opened."""
        place = StoredObject.expected(
            person(cause.actor),
            asked.object_kind,
            asked.media_type,
            asked.repeat_key,
            now=self.now(),
            life=self.terms.unclaimed_life,
        ).announcing(self._announced(asked.size))
        async with self.store.begin(cause) as tx:
            place = await tx.add(place)
        expires_at = self.now() + self.terms.upload_life
        if place.announced is not None:
            expires_at = place.expires_at
        entry = self.objects.upload_pass(
            place.incoming,
            life=self._life(expires_at),
            public=asked.public,
            size=None if place.announced is None else place.announced.size,
        )
        whole = Ticket(
            object_id=place.id,
            method="PUT",
            url=entry.url,
            headers=entry.headers,
            expires_at=expires_at,
        )
        return UploadOpened(
            object_id=place.id,
            whole=whole,
            part_size=(place.announced and place.announced.part_size) or self.terms.part_size,
            expires_at=place.expires_at,
        )

    async def open_part(self, asked: OpenPart, cause: Cause) -> Ticket:
        """Hand out a ticket for one part; the first makes the store gather parts."""
        async with self.store.begin(cause) as tx:
            place = (await mine(tx, asked.object_id, cause)).taking(asked.number)
            upload_id = place.upload_id
            if upload_id is None:
                upload_id = await self.objects.begin_parts(place.sealed)
                await tx.put(place.in_parts(upload_id))
        entry = self.objects.part_pass(
            place.sealed,
            upload_id,
            asked.number,
            life=self.terms.upload_life,
            public=asked.public,
            size=None if place.announced is None else place.announced.part(asked.number),
        )
        return Ticket(
            object_id=place.id,
            method="PUT",
            url=entry.url,
            headers=entry.headers,
            expires_at=self.now() + self.terms.upload_life,
        )

    async def seal(self, asked: SealObject, cause: Cause) -> ObjectSealed:
        """Verify a derived object and make it readable; repeating it answers the same."""
        async with self.store.begin(cause) as tx:
            place = (await mine(tx, asked.object_id, cause)).derived()
        if place.state is not State.STORED:
            verified = await self.examiner.verify(place, asked.size, asked.sha256)
            place = await self._seal(place, verified, cause)
        await self.examiner.tidy(place, keep=True)
        return ObjectSealed(object_id=place.id, size=place.size, sha256=place.sha256)

    async def open_download(self, asked: OpenDownload, cause: Cause) -> DownloadTicket:
        """Hand out a ticket to read what is the actor's and passed its checks."""
        found = await self.store.look(asked.object_id)
        if found is None:
            raise ObjectNotFound
        found = found.of(cause.actor).readable()
        entry = self.objects.download_pass(
            found.sealed,
            filename=asked.filename,
            media_type=found.media_type,
            life=self.terms.download_life,
            public=asked.public,
        )
        is_light = asked.light and found.size <= LIGHT
        return DownloadTicket(
            object_id=found.id,
            method="GET",
            url=entry.url,
            headers=entry.headers,
            expires_at=self.now() + self.terms.download_life,
            size=found.size,
            sha256=found.sha256,
            media_type=found.media_type,
            content=await self.objects.whole(found.sealed) if is_light else None,
        )

    async def advance(self, heard: AdvanceObject, cause: Cause) -> None:
        """Let its check come before all others of the actor's, if it still waits for one."""
        async with self.store.begin(cause) as tx:
            found = await tx.find(heard.object_id)
            if found is not None and found.owner_id == cause.actor and not found.settled:
                await tx.advance(found.id)

    async def delete(self, heard: DeleteObject, cause: Cause) -> None:
        """Leave a tombstone at once, then take the bytes away; a foreign object stays as it is."""
        async with self.store.begin(cause.midway()) as tx:
            found = await tx.find(heard.object_id)
            if found is not None and found.owner_id == cause.actor:
                found = found.deleted()
                await tx.put(found)
        if found is not None and found.state is State.DELETED:
            await self.examiner.tidy(found, keep=False)
        async with self.store.begin(cause) as tx:
            gone = await tx.find(heard.object_id)
            if gone is None or gone.state is not State.DELETED or gone.erased:
                return
            await tx.put(gone.emptied())
            said = ObjectDeleted(object_id=gone.id, owner_id=gone.owner_id)
            await tx.say(said, sequence=gone.version)

    async def discard(self, asked: DiscardUpload, cause: Cause) -> Done:
        """Give up an upload that nobody claimed; nobody ever heard of it, so nothing is said."""
        async with self.store.begin(cause) as tx:
            place = await tx.find(asked.object_id)
            if place is None or place.owner_id != cause.actor:
                raise ObjectNotFound
            if place.state is State.DELETED:
                return Done()
            await self.examiner.tidy(place.open(), keep=False)
            await tx.put(place.given_up())
        return Done()

    async def _seal(self, place: StoredObject, verified: Verified, cause: Cause) -> StoredObject:
        async with self.store.begin(cause) as tx:
            held = await mine(tx, place.id, cause)
            if held.state is State.STORED:
                return held
            await self.examiner.seal(held, verified)
            reading = verified.reading
            held = held.stored(size=reading.size, sha256=reading.sha256, media_type=held.media_type)
            await tx.put(held)
            return held

    def _announced(self, size: int | None) -> Announced | None:
        if size is None:
            return None
        if size > self.examiner.largest:
            raise TooLarge(f"{size} bytes; at most {self.examiner.largest} are taken")
        return Announced.of(size, self.terms.part_size)

    def _life(self, until: datetime) -> timedelta:
        """How long a ticket is signed for; an upload that is over gets one that is of no use."""
        return min(max(until - self.now(), timedelta(seconds=1)), LONGEST)


async def mine(tx: Transaction, object_id: UUID, cause: Cause) -> StoredObject:
    """Find an object of the actor's and hold it; for everybody else it does not exist."""
    found = await tx.find(object_id)
    if found is None:
        raise ObjectNotFound
    return found.of(cause.actor)
