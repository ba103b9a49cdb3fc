"""What is in a document: the original file in ranges, and the extracted text."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from contracts.document import DescribeDocument, OpenContent, OpenText
from contracts.storage import DownloadTicket
from services.gateway.house import SignedIn, Visit
from services.gateway.model import ByteRange
from services.gateway.openapi import ALWAYS, problems, shown

_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_ETAG: Final = {"ETag": {"description": "SHA-256 of the bytes.", "schema": {"type": "string"}}}
_CONTENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The whole file.",
        "content": {"application/octet-stream": _BINARY},
        "headers": _ETAG,
    },
    206: {"description": "The range.", "content": {"application/octet-stream": _BINARY}},
    304: {"description": "You have it already."},
}
_TEXT: Final = {
    "text": "Optics\nShort waves are scattered more than long ones.",
    "version": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "pages": [{"page": 1, "start": 0, "end": 53}],
    "headings": [{"level": 1, "title": "Optics", "page": 1, "start": 0}],
}

router = APIRouter(prefix="/api/v1/documents", tags=["documents"])


class Page(BaseModel):
    """Where a page stands in the text."""

    page: int
    start: int
    end: int


class Heading(BaseModel):
    """Where a heading stands in the text."""

    level: int
    title: str
    page: int
    start: int


class ExtractedText(BaseModel):
    """What was read out of a document; offsets count Unicode code points."""

    text: str
    version: str
    pages: list[Page]
    headings: list[Heading]


@router.get(
    "/{document_id}/content",
    response_class=Response,
    responses={**_CONTENT, **ALWAYS, **problems(404, 409, 416, 502)},
)
async def content(document_id: UUID, request: Request, visit: SignedIn) -> Response:
    """The original file, as an attachment; `Range` and `If-None-Match` are honoured."""
    ticket, headers = await _opened(visit, document_id)
    if _known(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    wanted = _range(request, ticket, headers["ETag"])
    if wanted is None:
        headers["Content-Length"] = str(ticket.size)
        return await _stream(visit, ticket, headers, HTTPStatus.OK)
    headers["Content-Length"] = str(wanted.length)
    headers["Content-Range"] = f"bytes {wanted.first}-{wanted.last}/{ticket.size}"
    return await _stream(visit, ticket, headers, HTTPStatus.PARTIAL_CONTENT, wanted)


@router.head("/{document_id}/content", response_class=Response, include_in_schema=False)
async def content_headers(document_id: UUID, request: Request, visit: SignedIn) -> Response:
    """What would be said of the whole file, without a byte of it; only GET knows ranges."""
    ticket, headers = await _opened(visit, document_id)
    if _known(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Length"] = str(ticket.size)
    return Response(headers=headers)


@router.get(
    "/{document_id}/text",
    response_model=ExtractedText,
    responses={
        200: {**shown(_TEXT), "headers": _ETAG},
        304: {"description": "You have it already."},
        **ALWAYS,
        **problems(404, 409, 502),
    },
)
async def text(document_id: UUID, request: Request, visit: SignedIn) -> Response:
    """The extracted text with its pages and headings."""
    opened = await visit.ask(OpenText(document_id=document_id))
    headers = {
        "ETag": f'"{opened.text_version}"',
        "Cache-Control": "private, no-cache",
        "Content-Type": "application/json",
    }
    if _known(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Length"] = str(opened.ticket.size)
    return await _stream(visit, opened.ticket, headers, HTTPStatus.OK)


async def _opened(visit: Visit, document_id: UUID) -> tuple[DownloadTicket, dict[str, str]]:
    """Get leave to read the file, and the headers that every answer about it has."""
    ticket = await visit.ask(OpenContent(document_id=document_id))
    document = await visit.ask(DescribeDocument(document_id=document_id))
    return ticket, {
        "ETag": f'"{ticket.sha256}"',
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "Content-Disposition": _attachment(document.filename),
        "Content-Type": ticket.media_type,
    }


async def _stream(
    visit: Visit,
    ticket: DownloadTicket,
    headers: dict[str, str],
    status: HTTPStatus,
    wanted: ByteRange | None = None,
) -> Response:
    """Begin to read from the store before answering, so that its trouble is told as a problem."""
    asked = {"Range": f"bytes={wanted.first}-{wanted.last}"} if wanted else {}
    stack = AsyncExitStack()
    arriving = await stack.enter_async_context(visit.house.objects.stream_down(ticket, asked))

    return _Streamed(arriving.chunks, stack, status, headers)


class _Streamed(StreamingResponse):
    """Lets go of the store's answer whatever becomes of ours, begun or not."""

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        stack: AsyncExitStack,
        status: HTTPStatus,
        headers: dict[str, str],
    ) -> None:
        super().__init__(chunks, status_code=status, headers=headers)
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)


def _known(request: Request, etag: str) -> bool:
    names = [name.strip() for name in request.headers.get("if-none-match", "").split(",")]
    return "*" in names or etag in names or f"W/{etag}" in names


def _range(request: Request, ticket: DownloadTicket, etag: str) -> ByteRange | None:
    if request.headers.get("if-range", etag) != etag:
        return None
    return ByteRange.wanted(request.headers.get("range"), ticket.size)


def _attachment(filename: str) -> str:
    """Name an attachment for every client: plainly for old ones, exactly for others (RFC 6266)."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_"
        for letter in filename
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
