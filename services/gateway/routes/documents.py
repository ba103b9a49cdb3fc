"""Documents: upload, list, edit, retry, cancel, forget."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from contracts.document import (
    AdvanceDocument,
    CancelDocument,
    DeleteDocument,
    DescribeDocument,
    Document,
    DocumentPage,
    DocumentStatus,
    EditDocument,
    History,
    ListDocuments,
    RetryDocument,
    TellHistory,
)
from services.gateway.dependencies import SignedIn
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.words import Cursor, IdempotencyKey, Inbound, Limit, Text
from services.gateway.uploads.form import boundary_of, pieces
from services.gateway.uploads.receive import chunks_of, receive
from services.gateway.uploads.sender import TooLarge
from shared.problems import Problem

UPLOAD: Final = "/api/v1/documents"
_FRAMING: Final = 8 * 1024 * 1024
"""Room for boundaries and fields around a file, and what is read past an error to tell it well."""
_DOCUMENT: Final[dict[str, Any]] = {
    "id": "019aa1b2-0000-7000-8000-000000000002",
    "title": "Optics",
    "filename": "optics.pdf",
    "media_type": "application/pdf",
    "size": 1_204_321,
    "status": "ready",
    "progress": 100,
    "tags": ["physics"],
    "collection_id": None,
    "error": None,
    "warnings": [],
    "text_version": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "pages": 48,
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:20Z",
}
FRESH: Final = {
    **_DOCUMENT,
    "status": "uploaded",
    "progress": 0,
    "text_version": None,
    "pages": None,
}
_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "title": {"type": "string", "examples": ["Optics"]},
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "collection_id": {"type": "string", "format": "uuid"},
                    },
                }
            }
        },
    }
}
_HISTORY: Final = {
    "items": [
        {
            "id": "019aa1b2-0000-7000-8000-000000000007",
            "type": "document.uploaded",
            "time": "2026-11-21T09:00:00Z",
            "data": {},
        }
    ]
}

router = APIRouter(prefix="/api/v1/documents", tags=["documents"])


class Edit(Inbound):
    """What should change; what is left out stays."""

    title: Annotated[Text, Field(min_length=1, max_length=500)] | None = Field(
        default=None, examples=["Optics"]
    )
    tags: list[Annotated[Text, Field(min_length=1, max_length=100)]] | None = Field(
        default=None, max_length=50, examples=[["physics"]]
    )
    collection_id: UUID | None = Field(
        default=None, description="null takes it out of its collection.", examples=[None]
    )


@router.post(
    "",
    status_code=202,
    openapi_extra=_FORM,
    responses={202: shown(FRESH), **ALWAYS, **problems(400, 404, 408, 409, 413, 415)},
)
async def upload(request: Request, visit: SignedIn, key: IdempotencyKey = None) -> Document:
    """Upload a file; it is checked, read and indexed in the background."""
    boundary = boundary_of(request.headers.get("content-type"))
    limits = visit.gateway.limits
    async with visit.gateway.uploads.take(visit.name) as place:
        body = _within(chunks_of(request, place, limits.silence_seconds), limits.file_bytes)
        try:
            return await receive(visit, pieces(body, boundary), key, at_least=_least(request))
        except Problem:
            await _read_on(body)
            raise


@router.get("", responses={200: shown({"items": [_DOCUMENT], "next_cursor": None}), **ALWAYS})
async def list_documents(  # noqa: PLR0913  # the filters that HTTP.md names
    visit: SignedIn,
    status: DocumentStatus | None = None,
    tag: Annotated[Text | None, Query(max_length=100)] = None,
    collection_id: UUID | None = None,
    q: Annotated[Text | None, Query(max_length=300, description="Part of a title or name.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> DocumentPage:
    """My documents, newest first."""
    asked = ListDocuments(
        status=status, tag=tag, collection_id=collection_id, q=q, limit=limit, cursor=cursor
    )
    return await visit.ask(asked)


@router.get("/{document_id}", responses={200: shown(_DOCUMENT), **ALWAYS, **problems(404)})
async def describe(document_id: UUID, visit: SignedIn) -> Document:
    """The state of a document."""
    return await visit.ask(DescribeDocument(document_id=document_id))


@router.patch("/{document_id}", responses={200: shown(_DOCUMENT), **ALWAYS, **problems(404, 413)})
async def edit(document_id: UUID, body: Edit, visit: SignedIn) -> Document:
    """Change title, tags or collection."""
    asked = EditDocument(
        document_id=document_id,
        title=body.title,
        tags=body.tags,
        collection_id=body.collection_id,
        uncollect="collection_id" in body.model_fields_set,
    )
    return await visit.ask(asked)


@router.delete(
    "/{document_id}",
    status_code=204,
    response_class=Response,
    responses={**ALWAYS, **problems(404)},
)
async def delete(document_id: UUID, visit: SignedIn) -> None:
    """Delete a document and everything that was made of it."""
    await visit.ask(DeleteDocument(document_id=document_id))


@router.post(
    "/{document_id}/retry",
    status_code=202,
    responses={202: shown(FRESH), **ALWAYS, **problems(404, 409)},
)
async def retry(document_id: UUID, visit: SignedIn) -> Document:
    """Read a failed or cancelled document again."""
    return await visit.ask(RetryDocument(document_id=document_id))


@router.post(
    "/{document_id}/cancel",
    status_code=202,
    responses={202: shown({**FRESH, "status": "cancelled"}), **ALWAYS, **problems(404, 409)},
)
async def cancel(document_id: UUID, visit: SignedIn) -> Document:
    """Stop the work on a document."""
    return await visit.ask(CancelDocument(document_id=document_id))


@router.post(
    "/{document_id}/first",
    status_code=202,
    responses={202: shown(FRESH), **ALWAYS, **problems(404, 409)},
)
async def put_first(document_id: UUID, visit: SignedIn) -> Document:
    """Put a document that waits before all my others; other people's turns stay."""
    return await visit.ask(AdvanceDocument(document_id=document_id))


@router.get("/{document_id}/events", responses={200: shown(_HISTORY), **ALWAYS, **problems(404)})
async def history(document_id: UUID, visit: SignedIn) -> History:
    """What happened to a document, in order."""
    return await visit.ask(TellHistory(document_id=document_id))


def _least(request: Request) -> int:
    """Tell how many bytes the file has at least, if the form around it was as large as it may."""
    length = request.headers.get("content-length", "")
    return max(0, int(length) - _FRAMING) if length.isdecimal() else 0


async def _within(chunks: AsyncIterator[bytes], file_bytes: int) -> AsyncIterator[bytes]:
    """Stop a body that goes on after everything a form may hold."""
    left = file_bytes + _FRAMING
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise TooLarge(f"A file has at most {file_bytes} bytes.", limit=file_bytes)
        yield chunk


async def _read_on(chunks: AsyncIterator[bytes]) -> None:
    """Read what little is left, so that a client still sending gets to read our answer."""
    left = _FRAMING
    try:
        async for chunk in chunks:
            left -= len(chunk)
            if left < 0:
                return
    except Problem:
        return
