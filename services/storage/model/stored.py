"""One stored object: its states, and who may do what with it."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from contracts.storage import ObjectKind
from services.storage.model.announced import Announced
from services.storage.model.errors import (
    NobodyAsks,
    NotAnnounced,
    NotDerived,
    ObjectClosed,
    ObjectNotFound,
    Unacceptable,
)
from shared.cause import new_id


class State(StrEnum):
    """How far an object is on its way."""

    EXPECTED = "expected"
    ARRIVED = "arrived"
    """All announced bytes are there and no more are taken; nobody asked for a check yet."""
    CHECKING = "checking"
    STORED = "stored"
    REFUSED = "refused"
    DELETED = "deleted"


class Place(StrEnum):
    """Where bytes can lie."""

    INCOMING = "incoming"
    """Upload tickets can write here."""
    SEALED = "sealed"
    """No ticket can change what lies here."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A key in one of the places."""

    place: Place
    key: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an object was refused."""

    code: str
    detail: str
    quarantined: bool


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of one owner. `incoming` can be written to from outside, `sealed` never.

    Parts gather beside the sealed place: once joined there, no ticket can change them any more.
    What came along in a message has no incoming place: both keys are one.
    """

    id: UUID
    owner_id: UUID
    kind: ObjectKind
    media_type: str
    incoming: str
    sealed: str
    created_at: datetime
    expires_at: datetime
    repeat_key: str | None = None
    announced: Announced | None = None
    state: State = State.EXPECTED
    version: int = 0
    upload_id: str | None = None
    size: int = 0
    sha256: str = ""
    refusal: Refusal | None = None
    erased: bool = False

    @classmethod
    def expected(
        cls,
        owner_id: UUID | None,
        kind: ObjectKind,
        media_type: str,
        repeat_key: str | None = None,
        *,
        now: datetime,
        life: timedelta,
    ) -> Self:
        """Make a place for bytes under keys nobody can guess."""
        return cls(
            id=new_id(),
            owner_id=person(owner_id),
            kind=kind,
            media_type=media_type,
            incoming=secrets.token_hex(20),
            sealed=secrets.token_hex(20),
            created_at=now,
            expires_at=now + life,
            repeat_key=repeat_key,
        )

    def along(self, object_id: UUID, content: bytes) -> Self:
        """Take content that came along, under the id that it came with, and no other bytes."""
        return replace(
            self,
            id=object_id,
            incoming=self.sealed,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def announcing(self, announced: Announced | None) -> Self:
        """Remember how many bytes its owner will send."""
        return replace(self, announced=announced)

    @property
    def spot(self) -> Spot:
        """Where its bytes lie before it is settled."""
        if self.upload_id is not None or self.came_along:
            return Spot(Place.SEALED, self.sealed)
        return Spot(Place.INCOMING, self.incoming)

    @property
    def came_along(self) -> bool:
        """Whether its bytes came in a message, and no ticket can ever write them."""
        return self.incoming == self.sealed

    @property
    def takes_bytes(self) -> bool:
        """Whether tickets are still made out for it."""
        return self.state is State.EXPECTED

    @property
    def awaited(self) -> bool:
        """Whether nobody asked for its check yet."""
        return self.state in {State.EXPECTED, State.ARRIVED}

    @property
    def settled(self) -> bool:
        """Whether its check is over."""
        return self.state in {State.STORED, State.REFUSED, State.DELETED}

    def of(self, actor: UUID | None) -> Self:
        """Return it to its owner; `ObjectNotFound` for anybody else, and once it is deleted."""
        if self.owner_id != actor or self.state is State.DELETED:
            raise ObjectNotFound
        return self

    def open(self) -> Self:
        """Return it while it takes bytes; `ObjectClosed` afterwards."""
        if self.state is not State.EXPECTED:
            raise ObjectClosed(f"{self.id} is {self.state}")
        return self

    def being(self, other: Self) -> Self:
        """Return it if it came along with the same bytes as `other`; else `ObjectClosed`."""
        same = (self.came_along, self.kind, self.sha256) == (True, other.kind, other.sha256)
        if not same:
            raise ObjectClosed(f"{self.id} was kept before, with other bytes")
        return self

    def direct(self) -> Announced:
        """Return what its owner announced; `NotAnnounced` if that was nothing."""
        if self.announced is None:
            raise NotAnnounced
        return self.announced

    def taking(self, number: int) -> Self:
        """Return it while it takes part `number` (from 1); `NoSuchPart`, `ObjectClosed` else."""
        if self.announced is not None:
            self.announced.part(number)
        return self.open()

    def derived(self) -> Self:
        """Return it if a service made it; `NotDerived` if a person brought it."""
        if self.kind is not ObjectKind.DERIVED:
            raise NotDerived(f"{self.id} was brought by its owner")
        return self

    def readable(self) -> Self:
        """Return it if it passed its checks; else `ObjectNotFound`."""
        if self.state is not State.STORED:
            raise ObjectNotFound
        return self

    def in_parts(self, upload_id: str) -> Self:
        """Remember under which id the store gathers its parts."""
        return replace(self, upload_id=upload_id)

    def emptied_again(self) -> Self:
        """Note that what came was thrown away; it stays open, and all of it must be sent again."""
        return replace(self, upload_id=None)

    def arrived(self, until: datetime) -> Self:
        """Take no more bytes; whoever announced them has until then to claim them."""
        return replace(self, state=State.ARRIVED, expires_at=max(self.expires_at, until))

    def checking(self) -> Self:
        """Close it to new tickets while it is checked."""
        return replace(self, state=State.CHECKING)

    def stored(self, *, size: int, sha256: str, media_type: str) -> Self:
        """It passed; from now on it may be read."""
        return replace(
            self,
            state=State.STORED,
            version=self.version + 1,
            size=size,
            sha256=sha256,
            media_type=media_type,
        )

    def as_it_came(self) -> Self:
        """It is whole, and a service made it; from now on it may be read."""
        return self.stored(size=self.size, sha256=self.sha256, media_type=self.media_type)

    def refused(self, why: Unacceptable) -> Self:
        """It did not pass; nobody will read it."""
        return replace(
            self,
            state=State.REFUSED,
            version=self.version + 1,
            refusal=Refusal(why.code, why.detail or why.title, why.quarantined),
        )

    def said_again(self) -> Self:
        """Count one more telling of the same outcome."""
        return replace(self, version=self.version + 1)

    def deleted(self) -> Self:
        """Leave a tombstone, which outlives whatever else was on its way."""
        if self.state is State.DELETED:
            return self
        return replace(
            self, state=State.DELETED, version=self.version + 1, size=0, sha256="", refusal=None
        )

    def emptied(self) -> Self:
        """Note that its bytes are gone, too."""
        return replace(self, erased=True, upload_id=None)

    def given_up(self) -> Self:
        """Note that its bytes are gone: a refused one stays refused, any other is deleted."""
        return (self if self.state is State.REFUSED else self.deleted()).emptied()


def person(actor: UUID | None) -> UUID:
    """Insist on somebody to whom the object belongs."""
    if actor is None:
        raise NobodyAsks
    return actor
