"""What is in a document: the original file in ranges, and the extracted text."""

from http import HTTPStatus
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from contracts.document import DescribeDocument, OpenContent, OpenText
from services.gateway.dependencies import SignedIn
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.files import ETAG, FILE, answer_file, known, stream

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
    responses={**FILE, **ALWAYS, **problems(404, 409, 416, 502)},
)
async def content(document_id: UUID, request: Request, visit: SignedIn) -> Response:
    """The original file, as an attachment; `Range` and `If-None-Match` are honoured."""
    ticket = await visit.ask(OpenContent(document_id=document_id))
    document = await visit.ask(DescribeDocument(document_id=document_id))
    return await answer_file(visit, request, ticket, document.filename)


router.add_api_route("/{document_id}/content", content, methods=["HEAD"], include_in_schema=False)


@router.get(
    "/{document_id}/text",
    response_model=ExtractedText,
    responses={
        200: {**shown(_TEXT), "headers": ETAG},
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
    if known(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Length"] = str(opened.ticket.size)
    return await stream(visit, opened.ticket, headers)
