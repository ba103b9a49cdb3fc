"""The check: whether what arrived is what was announced, whole, harmless and of a type we take."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Counter

from contracts.storage import CheckObject, ObjectRefused, ObjectStored
from services.storage.content import Reading, certain_type, true_type
from services.storage.model.errors import (
    ChecksumMismatch,
    Empty,
    NeverArrived,
    ObjectNotFound,
    SizeMismatch,
    TooLarge,
    Unacceptable,
    Unchecked,
)
from services.storage.model.stored import Place, Spot, State, StoredObject
from services.storage.ports import Changed, Objects, PartsUnfit, Sniffer, Store, Transaction
from shared.cause import Cause

CHECKED: Final = Counter(
    "mesh_objects_checked_total", "Objects that people brought, by what came of it", ["outcome"]
)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Verified:
    """Bytes that are the announced ones, as long as their ETag stays."""

    reading: Reading
    etag: str


@dataclass(frozen=True, slots=True)
class Examiner:
    """Reads what arrived, once and piece by piece, and compares it with what was announced."""

    objects: Objects
    largest: int

    async def verify(self, place: StoredObject, size: int, sha256: str) -> Verified:
        """Read it; the `Unacceptable` raised says what is wrong with it.

        An empty checksum was not announced: what comes is taken as it is.
        """
        try:
            if place.upload_id is not None:
                await self._join(place, place.upload_id)
            return await self._read(place, size, sha256)
        except PartsUnfit:
            raise SizeMismatch("parts are missing or too small") from None
        except Changed:
            raise ChecksumMismatch("the bytes changed while they were checked") from None

    async def seal(self, held: StoredObject, verified: Verified) -> None:
        """Put what was verified out of the reach of upload tickets; joined parts lie there."""
        if held.spot.place is Place.SEALED:
            return
        try:
            await self.objects.seal(held.incoming, held.sealed, verified.etag)
        except Changed:
            raise ChecksumMismatch("the bytes changed while they were checked") from None

    async def tidy(self, place: StoredObject, *, keep: bool) -> None:
        """Leave nothing where bytes came in, and nothing at all if they are not kept."""
        if place.upload_id is not None:
            await self.objects.drop_parts(place.sealed, place.upload_id)
        if not place.came_along:
            await self.objects.erase(Spot(Place.INCOMING, place.incoming))
        if not keep:
            await self.objects.erase(Spot(Place.SEALED, place.sealed))

    async def _join(self, place: StoredObject, upload_id: str) -> None:
        came = await self.objects.parts(place.sealed, upload_id)
        if place.announced is not None and came:
            came = place.announced.fitting(came)
        if came:
            await self.objects.join_parts(place.sealed, upload_id, came)

    async def _read(self, place: StoredObject, size: int, sha256: str) -> Verified:
        verified = await (self._along(place) if place.came_along else self._arrived(place, size))
        reading = verified.reading
        if reading.size != size:
            raise SizeMismatch(f"announced {size} bytes, received {reading.size}")
        if sha256 and reading.sha256 != sha256.lower():
            raise ChecksumMismatch(f"announced {sha256.lower()}, received {reading.sha256}")
        return verified

    async def _along(self, place: StoredObject) -> Verified:
        content = await self.objects.whole(place.sealed)
        if content is None:
            raise NeverArrived
        reading = Reading()
        reading.feed(content)
        return Verified(reading, etag="")

    async def _arrived(self, place: StoredObject, size: int) -> Verified:
        arrived = await self.objects.arrived(place.spot)
        if arrived is None:
            raise NeverArrived
        if arrived.size > self.largest:
            raise TooLarge(f"{arrived.size} bytes; at most {self.largest} are taken")
        if arrived.size != size:
            raise SizeMismatch(f"announced {size} bytes, received {arrived.size}")
        reading = Reading()
        async for chunk in self.objects.chunks(place.spot, arrived.etag):
            reading.feed(chunk)
        return Verified(reading, arrived.etag)


@dataclass(frozen=True, slots=True)
class Checks:
    """The check of what people bring. Killed at any point, it is done again and ends the same."""

    store: Store
    objects: Objects
    examiner: Examiner
    sniffer: Sniffer

    async def check(self, heard: CheckObject, cause: Cause) -> None:
        """Judge an uploaded object, and say what came of it."""
        found = await self.store.look(heard.object_id)
        if found is None or found.owner_id != cause.actor:
            raise ObjectNotFound(f"{heard.object_id} is no object of the one who asks")
        if found.awaited and not found.came_along:
            found = await self._closed(found, cause)
        if found.settled:
            await self._say_again(heard, cause)
            return
        keep = True
        try:
            verified = await self.examiner.verify(found, heard.size, heard.sha256)
            media_type = await self._type(found, verified.reading, heard)
            await self._accept(found, verified, media_type, cause)
        except Unacceptable as why:
            keep = not await self._refuse(found, why, cause) or why.quarantined
        # What a kill leaves here, the sweeper takes.
        await self.examiner.tidy(found, keep=keep)

    async def give_up(self, heard: CheckObject, cause: Cause) -> None:
        """Refuse what could not be checked, so that nobody waits for it for ever."""
        async with self.store.begin(cause) as tx:
            held = await tx.find(heard.object_id)
            if held is not None and held.owner_id == cause.actor:
                if not held.settled:
                    await _put_and_say(tx, held.refused(Unchecked()))
            elif cause.actor is not None:
                await tx.say(_unknown(heard.object_id, cause.actor), sequence=1)

    async def _closed(self, found: StoredObject, cause: Cause) -> StoredObject:
        """Take no more bytes while it is checked; for what came along there never was a ticket."""
        async with self.store.begin(cause.midway()) as tx:
            held = await tx.find(found.id) or found
            if held.awaited:
                held = held.checking()
                await tx.put(held)
            return held

    async def _type(self, found: StoredObject, reading: Reading, heard: CheckObject) -> str:
        if reading.size == 0:
            raise Empty
        media_type = certain_type(reading, heard.filename_suffix)
        if media_type is None:
            guess = await self.sniffer.guess(reading.sample)
            media_type = true_type(reading, heard.filename_suffix, guess)
            log.info("type guessed", object=str(found.id), media_type=media_type, guess=guess.label)
        return media_type

    async def _accept(
        self, found: StoredObject, verified: Verified, media_type: str, cause: Cause
    ) -> None:
        async with self.store.begin(cause) as tx:
            held = await tx.find(found.id)
            if held is None or held.settled:
                return
            # Upload tickets stay valid for a while, so what is read later is a copy out of their
            # reach. It is made while the row is held: nobody deletes or seals it in between.
            await self.examiner.seal(held, verified)
            reading = verified.reading
            held = held.stored(size=reading.size, sha256=reading.sha256, media_type=media_type)
            await _put_and_say(tx, held)
        CHECKED.labels("stored").inc()

    async def _refuse(self, found: StoredObject, why: Unacceptable, cause: Cause) -> bool:
        """Say that it did not pass, unless another check has said what became of it by now."""
        log.info("refused", object=str(found.id), code=why.code)
        async with self.store.begin(cause) as tx:
            held = await tx.find(found.id)
            if held is None or held.settled:
                return False
            if why.quarantined:
                await self._set_apart(held)
            await _put_and_say(tx, held.refused(why))
        CHECKED.labels(why.code).inc()
        return True

    async def _set_apart(self, held: StoredObject) -> None:
        """Keep what is dangerous under its sealed key; no ticket is made out for refused ones."""
        arrived = await self.objects.arrived(held.spot)
        if arrived is not None and held.spot.place is Place.INCOMING:
            await self.objects.seal(held.incoming, held.sealed, arrived.etag)

    async def _say_again(self, heard: CheckObject, cause: Cause) -> None:
        """Say what became of a settled object to whoever asks later; of a deleted one, nothing."""
        async with self.store.begin(cause) as tx:
            held = await tx.find(heard.object_id)
            if held is not None and held.state is not State.DELETED:
                await _put_and_say(tx, held.said_again())


def _unknown(object_id: UUID, asker: UUID) -> ObjectRefused:
    """The same for what does not exist and for what is another's: nobody learns which it is."""
    return ObjectRefused(
        object_id=object_id, owner_id=asker, code=NeverArrived.code, detail=NeverArrived.title
    )


async def _put_and_say(tx: Transaction, settled: StoredObject) -> None:
    await tx.put(settled)
    said: ObjectStored | ObjectRefused
    if settled.refusal is not None:
        said = ObjectRefused(
            object_id=settled.id,
            owner_id=settled.owner_id,
            code=settled.refusal.code,
            detail=settled.refusal.detail,
            quarantined=settled.refusal.quarantined,
        )
    else:
        said = ObjectStored(
            object_id=settled.id,
            owner_id=settled.owner_id,
            size=settled.size,
            sha256=settled.sha256,
            media_type=settled.media_type,
        )
    await tx.say(said, sequence=settled.version)
