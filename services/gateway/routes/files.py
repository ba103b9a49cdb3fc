"""How a stored file is answered: whole or in ranges, known by its hash, never shown in a page."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from contracts.storage import DownloadTicket
from services.gateway.dependencies import Visit
from services.gateway.model import ByteRange
from services.gateway.pace import TooSlow
from services.gateway.places import GaveWay, Place
from shared import logs
from shared.web import attachment

_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
ETAG: Final = {"ETag": {"description": "SHA-256 of the bytes.", "schema": {"type": "string"}}}
FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The whole file.",
        "content": {"application/octet-stream": _BINARY},
        "headers": ETAG,
    },
    206: {"description": "The range.", "content": {"application/octet-stream": _BINARY}},
    304: {"description": "You have it already."},
}

log = logs.get(__name__)


async def answer_file(
    visit: Visit, request: Request, ticket: DownloadTicket, filename: str
) -> Response:
    """Answer GET or HEAD for a file; `Range` and `If-None-Match` are honoured, by GET alone."""
    headers = _headers(ticket, filename)
    if known(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if request.method == "HEAD":
        headers["Content-Length"] = str(ticket.size)
        return Response(headers=headers)
    wanted = _range(request, ticket, headers["ETag"])
    if wanted is None:
        headers["Content-Length"] = str(ticket.size)
        return await stream(visit, ticket, headers)
    headers["Content-Length"] = str(wanted.length)
    headers["Content-Range"] = f"bytes {wanted.first}-{wanted.last}/{ticket.size}"
    return await stream(visit, ticket, headers, wanted)


async def stream(
    visit: Visit,
    ticket: DownloadTicket,
    headers: Mapping[str, str],
    wanted: ByteRange | None = None,
) -> Response:
    """Begin to read from the store before answering, so that its trouble is told as a problem."""
    asked = {"Range": f"bytes={wanted.first}-{wanted.last}"} if wanted else {}
    status = HTTPStatus.PARTIAL_CONTENT if wanted else HTTPStatus.OK
    gateway = visit.gateway
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(gateway.downloads.take(visit.name))
        arriving = await stack.enter_async_context(gateway.objects.stream_down(ticket, asked))
        streamed = _Streamed(arriving.chunks, status, headers)
        streamed.hold(stack.pop_all(), place, gateway.limits.silence_seconds)
        return streamed


def known(request: Request, etag: str) -> bool:
    """Tell whether the caller has it already."""
    names = [name.strip() for name in request.headers.get("if-none-match", "").split(",")]
    return "*" in names or etag in names or f"W/{etag}" in names


class _Streamed(StreamingResponse):
    """Lets go of the store's answer whatever becomes of ours, begun or not.

    Who does not take what we send, or takes it too slowly while others wait, is left.
    """

    def hold(self, stack: AsyncExitStack, place: Place, silence: float) -> None:
        """Hold what is to be let go of at the end."""
        self._stack, self._place, self._silence = stack, place, silence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_within(message: Message) -> None:
            await self._place.wait_for(send(message), self._silence)
            self._place.moved(len(message.get("body", b"")))

        async with self._stack:
            try:
                await super().__call__(scope, receive, send_within)
            except (TooSlow, GaveWay) as slow:
                log.info("download given up", reason=slow.code)
                raise ClientDisconnect from slow


def _headers(ticket: DownloadTicket, filename: str) -> dict[str, str]:
    return {
        "ETag": f'"{ticket.sha256}"',
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "Content-Disposition": attachment(filename),
        "Content-Type": ticket.media_type,
    }


def _range(request: Request, ticket: DownloadTicket, etag: str) -> ByteRange | None:
    if request.headers.get("if-range", etag) != etag:
        return None
    return ByteRange.wanted(request.headers.get("range"), ticket.size)
