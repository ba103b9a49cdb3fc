"""Words the storage service owns, first edition."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.messages import Answer, Body, Command, Done, Event, Request

LIGHT: Final = 128 * 1024
"""Bytes of the largest content that travels in a message: in Base64 it stays below 256 KiB."""


class ObjectKind(StrEnum):
    """Whether people brought it (checked before anybody reads it) or a service made it."""

    ORIGINAL = "original"
    DERIVED = "derived"


class ObjectStored(Event, subject="evt.storage.object-stored.v1", key="object_id"):
    """An object arrived in full, passed its checks and may be read."""

    object_id: UUID
    owner_id: UUID
    size: int = Field(ge=0)
    sha256: str
    media_type: str = Field(description="The true type, told by content.")


class ObjectRefused(Event, subject="evt.storage.object-refused.v1", key="object_id"):
    """An object did not pass its checks; nobody can read it."""

    object_id: UUID
    owner_id: UUID
    code: str = Field(
        description="Why, as `empty`, `checksum-mismatch`, `unsupported-type` or `malware`."
    )
    detail: str
    quarantined: bool = False


class ObjectDeleted(Event, subject="evt.storage.object-deleted.v1", key="object_id"):
    """An object is gone from the store."""

    object_id: UUID
    owner_id: UUID


class CheckObject(Command, subject="cmd.storage.check-object.v1", key="object_id"):
    """Check an uploaded object against what was announced; ObjectStored or -Refused follows."""

    object_id: UUID
    size: int = Field(ge=0)
    sha256: str = Field(description="Empty where nobody could announce it.")
    filename_suffix: str = Field(
        description="The lower-case ending of its name, as `.pdf`, or empty."
    )


class DeleteObject(Command, subject="cmd.storage.delete-object.v1", key="object_id"):
    """Delete an object of the actor's, whatever its state."""

    object_id: UUID


class AdvanceObject(Command, subject="cmd.storage.advance-object.v1", key="object_id"):
    """Check an object before all others of the actor's that wait."""

    object_id: UUID


class Ticket(Answer):
    """A presigned permission to move one object's bytes, until it expires."""

    object_id: UUID
    method: str
    url: str
    headers: dict[str, str] = {}
    expires_at: datetime


class UploadOpened(Answer):
    """A place for bytes: one PUT of at most `part_size` bytes, or numbered parts of that size."""

    object_id: UUID
    whole: Ticket
    part_size: int
    expires_at: datetime


class DownloadTicket(Ticket):
    """A presigned permission to read, with what is read."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    size: int
    sha256: str
    media_type: str
    content: bytes | None = Field(
        default=None, description="All of it, in Base64, where that was asked for and it is light."
    )


class ObjectSealed(Answer):
    """A derived object is complete and readable."""

    object_id: UUID
    size: int
    sha256: str


class ObjectKept(Answer):
    """A light object is in the store; one that a service made is readable, too."""

    object_id: UUID
    size: int
    sha256: str


class KeepObject(Request[ObjectKept], subject="req.storage.keep-object.v1", key="object_id"):
    """Keep a light object that travels along, under an id of the caller's choice.

    Repeating it answers the same; other bytes under the same id are refused.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    object_id: UUID
    object_kind: ObjectKind
    media_type: str = "application/octet-stream"
    content: bytes = Field(description="In Base64; at most 128 KiB before that.")


class OpenUpload(Request[UploadOpened], subject="req.storage.open-upload.v1"):
    """Make a place for bytes of the caller's. What is never claimed expires."""

    object_kind: ObjectKind
    media_type: str = "application/octet-stream"
    repeat_key: str | None = Field(
        default=None,
        max_length=256,
        description="The same key of the same caller opens the same object again.",
    )
    public: bool = Field(
        default=False, description="The bytes come from outside the mesh: use the public address."
    )
    size: int | None = Field(
        default=None,
        ge=0,
        description="How many bytes its owner will send directly; more than `part_size` in parts.",
    )


class OpenPart(Request[Ticket], subject="req.storage.open-part.v1", key="object_id"):
    """A ticket for one part, counted from 1; all but the last are exactly `part_size` bytes."""

    object_id: UUID
    number: int = Field(ge=1, le=10_000)
    public: bool = False


class SealObject(Request[ObjectSealed], subject="req.storage.seal-object.v1", key="object_id"):
    """Verify a derived object at once and make it readable; repeating it answers the same."""

    object_id: UUID
    size: int = Field(ge=0)
    sha256: str


class OpenDownload(
    Request[DownloadTicket], subject="req.storage.open-download.v1", key="object_id"
):
    """A ticket to read an object of the caller's that passed its checks."""

    object_id: UUID
    filename: str | None = Field(default=None, description="Offered as an attachment of this name.")
    public: bool = False
    light: bool = Field(default=False, description="Answer the content itself if it is light.")


class DiscardUpload(Request[Done], subject="req.storage.discard-upload.v1", key="object_id"):
    """Give up an upload that nothing refers to; repeating it is fine."""

    object_id: UUID


class ArrivedPart(Body):
    """A part that the object store has."""

    number: int
    size: int


class PartsTold(Answer):
    """What has arrived of a direct upload so far."""

    object_id: UUID
    size: int = Field(ge=0, description="As announced.")
    parts: list[ArrivedPart]


class TellParts(Request[PartsTold], subject="req.storage.tell-parts.v1", key="object_id"):
    """What has arrived of this direct upload in the object store?"""

    object_id: UUID


class CloseUpload(Request[Done], subject="req.storage.close-upload.v1", key="object_id"):
    """Take no more bytes once exactly the announced ones are there; repeating it is fine."""

    object_id: UUID
