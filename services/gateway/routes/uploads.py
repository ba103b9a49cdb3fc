"""Direct uploads: large files go to the object store without us in between, part by part."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, BaseModel, Field

from contracts.document import Document
from contracts.upload import (
    AbortUpload,
    BeginUpload,
    CompleteUpload,
    DescribeUpload,
    OpenUploadPart,
    UploadStatus,
)
from services.gateway.dependencies import SignedIn
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.documents import FRESH
from services.gateway.routes.words import IdempotencyKey, Inbound, Text
from services.gateway.uploads.names import base_name

_PATIENCE: Final = 30.0
"""An object store may take a while to make one object of many parts."""
_MOST_BYTES: Final = 2**53
_URL: Final = "https://files.example.org/mesh-objects/5d41402a?partNumber=2&uploadId=7&X-Amz-…"
_BEGUN: Final[dict[str, Any]] = {
    "id": "019aa1b2-0000-7000-8000-000000000031",
    "method": "PUT",
    "headers": {},
    "part_size": 8_388_608,
    "expires_at": "2026-11-22T09:00:00Z",
}
_PART: Final = {"method": "PUT", "url": _URL, "headers": {}, "expires_at": "2026-11-21T10:00:00Z"}
_SEEN: Final = {
    "id": _BEGUN["id"],
    "status": "open",
    "size": 20_971_520,
    "part_size": 8_388_608,
    "parts": [{"n": 1, "size": 8_388_608}, {"n": 3, "size": 4_194_304}],
    "expires_at": _BEGUN["expires_at"],
    "document_id": None,
}

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])


def _file_name(text: str) -> str:
    name = base_name(text)
    if name is None:
        raise ValueError("a file needs a name of 1 to 255 printable characters")
    return name


class NewUpload(Inbound):
    """What will be sent."""

    filename: Annotated[Text, Field(max_length=1000), AfterValidator(_file_name)] = Field(
        examples=["optics.pdf"]
    )
    size: int = Field(
        ge=0,
        le=_MOST_BYTES,
        description="Bytes; the store takes exactly as many, under a `Content-Length`.",
        examples=[20_971_520],
    )
    media_type: Annotated[Text, Field(max_length=255)] = Field(
        default="application/octet-stream", examples=["application/pdf"]
    )
    sha256: str | None = Field(
        default=None,
        pattern="^[0-9a-fA-F]{64}$",
        description="If given, other bytes are refused.",
        examples=[None],
    )
    title: Annotated[Text, Field(max_length=500)] | None = Field(default=None, examples=["Optics"])
    tags: list[Annotated[Text, Field(max_length=100)]] = Field(
        default=[], max_length=50, examples=[["physics"]]
    )
    collection_id: UUID | None = Field(default=None, examples=[None])


class Begun(BaseModel):
    """Where to send the bytes: all to `url`, or, where `part_size` is given, part by part."""

    id: UUID
    method: str
    url: str | None = None
    headers: dict[str, str]
    part_size: int | None = None
    expires_at: datetime


class PartTicket(BaseModel):
    """Where and how to send one part."""

    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


class SentPart(BaseModel):
    """A part that the object store has."""

    n: int
    size: int


class Seen(BaseModel):
    """The state of an upload; what is missing in `parts` is still to be sent."""

    id: UUID
    status: UploadStatus
    size: int
    part_size: int | None
    parts: list[SentPart]
    expires_at: datetime
    document_id: UUID | None


@router.post(
    "",
    status_code=201,
    response_model_exclude_none=True,
    responses={201: shown(_BEGUN), **ALWAYS, **problems(404, 409, 413)},
)
async def begin(body: NewUpload, visit: SignedIn, key: IdempotencyKey = None) -> Begun:
    """Announce a file, to send it to the object store directly; the upload stays open a day."""
    asked = BeginUpload(
        filename=body.filename,
        size=body.size,
        media_type=body.media_type,
        sha256=body.sha256,
        title=body.title,
        tags=body.tags,
        collection_id=body.collection_id,
        idempotency_key=key,
        fingerprint=body.fingerprint() if key else None,
    )
    begun = await visit.ask(asked, within=_PATIENCE)
    return Begun(
        id=begun.upload_id,
        method=begun.whole.method if begun.whole else "PUT",
        url=begun.whole.url if begun.whole else None,
        headers=begun.whole.headers if begun.whole else {},
        part_size=begun.part_size,
        expires_at=begun.expires_at,
    )


@router.post(
    "/{upload_id}/parts/{number}",
    responses={200: shown(_PART), **ALWAYS, **problems(404, 409)},
)
async def open_part(
    upload_id: UUID,
    number: Annotated[int, Path(ge=1, le=10_000, description="Counted from 1.")],
    visit: SignedIn,
) -> PartTicket:
    """Where to send one part; all but the last have exactly `part_size` bytes."""
    ticket = await visit.ask(OpenUploadPart(upload_id=upload_id, number=number))
    return PartTicket(
        method=ticket.method, url=ticket.url, headers=ticket.headers, expires_at=ticket.expires_at
    )


@router.get("/{upload_id}", responses={200: shown(_SEEN), **ALWAYS, **problems(404)})
async def describe(upload_id: UUID, visit: SignedIn) -> Seen:
    """Tell which parts the object store has, so that an interrupted upload can go on."""
    seen = await visit.ask(DescribeUpload(upload_id=upload_id))
    return Seen(
        id=seen.upload_id,
        status=seen.status,
        size=seen.size,
        part_size=seen.part_size,
        parts=[SentPart(n=part.number, size=part.size) for part in seen.parts],
        expires_at=seen.expires_at,
        document_id=seen.document_id,
    )


@router.delete(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses={**ALWAYS, **problems(404, 409)},
)
async def abort(upload_id: UUID, visit: SignedIn) -> None:
    """Give an upload up; what was sent is deleted."""
    await visit.ask(AbortUpload(upload_id=upload_id))


@router.post(
    "/{upload_id}/complete",
    status_code=202,
    responses={202: shown(FRESH), **ALWAYS, **problems(404, 409, 413)},
)
async def complete(upload_id: UUID, visit: SignedIn) -> Document:
    """Make a document of what was sent; repeating it answers the same document."""
    return await visit.ask(CompleteUpload(upload_id=upload_id), within=_PATIENCE)
