"""One stored object: its states, who may do what with it, and why bytes are refused."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar, Self
from uuid import UUID

from contracts.storage import ObjectKind
from shared.cause import new_id
from shared.problems import NotFound, Problem


class NobodyAsks(
    Problem,
    code="unauthenticated",
    status=HTTPStatus.UNAUTHORIZED,
    title="Somebody has to ask for it",
):
    """Objects belong to people, and no person stands behind this request."""


class ObjectNotFound(NotFound, code="object-not-found", title="There is no such object"):
    """It does not exist, is not the caller's, or may not be read."""


class ObjectClosed(
    Problem,
    code="object-closed",
    status=HTTPStatus.CONFLICT,
    title="The object takes no more bytes",
):
    """Its upload is over: the object is being checked, was checked, or is gone."""


class NotDerived(
    Problem,
    code="not-derived",
    status=HTTPStatus.CONFLICT,
    title="Only what a service made is sealed at once",
):
    """What people bring goes through the full check instead."""


class Unacceptable(
    Problem,
    code="unacceptable",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The object did not pass its checks",
):
    """The bytes are not what was announced, or not what we take. Subclasses say why."""

    quarantined: ClassVar[bool] = False


class NeverArrived(Unacceptable, code="not-uploaded", title="No bytes arrived"):
    """The upload was registered, but its bytes are not there."""


class Empty(Unacceptable, code="empty", title="The file is empty"):
    """There is nothing in it."""


class TooLarge(Unacceptable, code="too-large", title="The file is too large"):
    """It is larger than the mesh is set to take."""


class SizeMismatch(Unacceptable, code="size-mismatch", title="The size is not the announced one"):
    """Fewer or more bytes arrived than were announced."""


class ChecksumMismatch(
    Unacceptable, code="checksum-mismatch", title="The checksum is not the announced one"
):
    """Other bytes arrived than were announced, or they changed while being checked."""


class UnsupportedType(
    Unacceptable, code="unsupported-type", title="Files of this type cannot be read"
):
    """Its content is of a type that nothing here can read, whatever its name says."""


class Encrypted(Unacceptable, code="encrypted", title="The file is locked with a password"):
    """Its content cannot be seen without a password that we do not have."""


class Corrupt(Unacceptable, code="corrupt", title="The file is damaged"):
    """It begins as a file of its type does, but its structure is broken or cut off."""


class Unchecked(Unacceptable, code="unchecked", title="The file could not be checked"):
    """The check itself failed again and again; the file is to be uploaded anew."""


class Malware(Unacceptable, code="malware", title="The file is dangerous"):
    """It carries something known to do harm; it is kept apart."""

    quarantined = True


class State(StrEnum):
    """How far an object is on its way."""

    EXPECTED = "expected"
    CHECKING = "checking"
    STORED = "stored"
    REFUSED = "refused"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an object was refused."""

    code: str
    detail: str
    quarantined: bool


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of one owner. `incoming` can be written to from outside, `sealed` never."""

    id: UUID
    owner_id: UUID
    kind: ObjectKind
    media_type: str
    incoming: str
    sealed: str
    created_at: datetime
    expires_at: datetime
    repeat_key: str | None = None
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
        repeat_key: str | None,
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

    @property
    def settled(self) -> bool:
        """Whether its check is over."""
        return self.state in {State.STORED, State.REFUSED, State.DELETED}

    def of(self, actor: UUID | None) -> Self:
        """Pass it on to its owner; for everybody else it does not exist."""
        if self.owner_id != actor or self.state is State.DELETED:
            raise ObjectNotFound
        return self

    def open(self) -> Self:
        """Pass it on while it still takes bytes."""
        if self.state is not State.EXPECTED:
            raise ObjectClosed(f"{self.id} is {self.state}")
        return self

    def derived(self) -> Self:
        """Pass it on if a service made it."""
        if self.kind is not ObjectKind.DERIVED:
            raise NotDerived(f"{self.id} was brought by its owner")
        return self

    def readable(self) -> Self:
        """Pass it on only if it passed its checks."""
        if self.state is not State.STORED:
            raise ObjectNotFound
        return self

    def in_parts(self, upload_id: str) -> Self:
        """Remember under which id the store gathers its parts."""
        return replace(self, upload_id=upload_id)

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


def person(actor: UUID | None) -> UUID:
    """Insist on somebody to whom the object belongs."""
    if actor is None:
        raise NobodyAsks
    return actor
