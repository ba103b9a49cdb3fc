"""Light objects: they come along in the request that has them kept, and cost no ticket."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.storage import LIGHT, KeepObject, ObjectKept, ObjectKind
from services.storage.model.errors import TooLarge
from services.storage.model.stored import StoredObject
from services.storage.ports import Objects, Store
from services.storage.service import mine, utc_now
from shared.cause import Cause


@dataclass(frozen=True, slots=True)
class LightObjects:
    """The verb that keeps them."""

    store: Store
    objects: Objects
    life: timedelta
    """How long one that somebody brought waits to be claimed."""
    now: Callable[[], datetime] = utc_now

    async def keep(self, asked: KeepObject, cause: Cause) -> ObjectKept:
        """Keep content; what a service made is readable at once, what people bring once checked.

        It is written down before a byte is kept, so that a kill in between leaves nothing unknown,
        and the bytes are put there while it is held, so that whoever deletes it finds them.
        """
        if len(asked.content) > LIGHT:
            raise TooLarge(f"{len(asked.content)} bytes; at most {LIGHT} travel in a message")
        place = StoredObject.expected(
            cause.actor, asked.object_kind, asked.media_type, now=self.now(), life=self.life
        ).along(asked.object_id, asked.content)
        await self.store.add(place)
        async with self.store.begin(cause) as tx:
            held = (await mine(tx, place.id, cause)).being(place)
            if held.awaited:
                await self.objects.keep(held.sealed, asked.content)
            if held.awaited and held.kind is ObjectKind.DERIVED:
                await tx.put(held.as_it_came())
        return ObjectKept(object_id=held.id, size=held.size, sha256=held.sha256)
