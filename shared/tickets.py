"""Moving bytes by presigned tickets: plain HTTP to the object store, in chunks, up and down."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol, Self

import httpx

from shared.problems import Away, Problem

CHUNK = 256 * 1024
TIMEOUT = httpx.Timeout(30.0, connect=3.0, pool=30.0)


class TicketRefused(
    Problem,
    code="ticket-refused",
    status=HTTPStatus.BAD_GATEWAY,
    title="The object store did not honour the ticket",
):
    """The object store answered no: the ticket expired, was changed, or its object is gone."""


class Oversized(
    Problem,
    code="too-large",
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    title="There are more bytes than can be held",
):
    """A body asked for whole turned out larger than the one who asked can hold."""


class Misannounced(
    Problem,
    code="size-mismatch",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The size is not the announced one",
):
    """Fewer or more bytes came than were announced, so the store was given none."""


class Ticket(Protocol):
    """A permission to move one object's bytes, whoever made it out."""

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Download:
    """An answer on its way: what the store said first, and the bytes as they come."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Tickets:
    """Uses tickets. One is enough for a process; close it at the end."""

    def __init__(self, *, connections: int = 32) -> None:
        # No proxies from the environment: the ticket's address is meant as it stands.
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT, trust_env=False, limits=httpx.Limits(max_connections=connections)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of every connection."""
        await self._http.aclose()

    async def send(self, ticket: Ticket, body: bytes) -> str:
        """Send bytes that are at hand (one part, a small object); answer the store's ETag."""
        return await self._send(ticket, body, len(body))

    async def stream_up(self, ticket: Ticket, body: AsyncIterable[bytes], size: int) -> str:
        """Send exactly `size` bytes as they come; answer the store's ETag."""
        return await self._send(ticket, _exactly(body, size), size)

    @asynccontextmanager
    async def stream_down(
        self, ticket: Ticket, headers: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Download]:
        """Receive bytes as they come. `headers` may ask for a Range, or name a known ETag."""
        request = self._http.build_request(
            ticket.method, ticket.url, headers={**ticket.headers, **(headers or {})}
        )
        # The store may not compress on the way, or Content-Length and Range would lie.
        request.headers["accept-encoding"] = "identity"
        with _away_if_unreachable():
            response = await self._http.send(request, stream=True)
        try:
            await _granted(
                response, HTTPStatus.NOT_MODIFIED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            )
            yield Download(response.status_code, response.headers, _chunks(response))
        finally:
            await response.aclose()

    async def whole(self, ticket: Ticket, *, limit: int) -> bytes:
        """Receive at most `limit` bytes at once; `Oversized` if there are more."""
        gathered = bytearray()
        async with self.stream_down(ticket) as download:
            async for chunk in download.chunks:
                gathered += chunk
                if len(gathered) > limit:
                    raise Oversized(f"more than {limit} bytes")
        return bytes(gathered)

    async def to_file(self, ticket: Ticket, path: Path) -> int:
        """Receive into a file, chunk by chunk; answer how many bytes."""
        size = 0
        with await asyncio.to_thread(path.open, "wb") as file:
            async with self.stream_down(ticket) as download:
                async for chunk in download.chunks:
                    size += await asyncio.to_thread(file.write, chunk)
        return size

    async def _send(self, ticket: Ticket, body: bytes | AsyncIterable[bytes], size: int) -> str:
        headers = {**ticket.headers, "Content-Length": str(size)}
        with _away_if_unreachable():
            response = await self._http.request(
                ticket.method, ticket.url, content=body, headers=headers
            )
        await _granted(response)
        etag: str = response.headers.get("etag", "")
        return etag.strip('"')


class _AwayIfUnreachable:
    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, httpx.TransportError):
            raise Away(f"the object store cannot be reached: {type(error).__name__}") from error


def _away_if_unreachable() -> _AwayIfUnreachable:
    return _AwayIfUnreachable()


async def _exactly(body: AsyncIterable[bytes], size: int) -> AsyncIterator[bytes]:
    """Break off before the last byte of a body that is not as long as announced."""
    sent = 0
    async for chunk in body:
        sent += len(chunk)
        if sent > size:
            raise Misannounced(f"announced {size} bytes, and more came")
        yield chunk
    if sent < size:
        raise Misannounced(f"announced {size} bytes, and {sent} came")


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    with _away_if_unreachable():
        async for chunk in response.aiter_raw(CHUNK):
            yield chunk


async def _granted(response: httpx.Response, *also: HTTPStatus) -> None:
    """Pass if the store said yes. Its trouble is `Away`; a no to this ticket is `TicketRefused`."""
    if response.is_success or response.status_code in also:
        return
    # The body may repeat signed query parameters, so it is neither logged nor carried on.
    if response.is_server_error or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise Away(f"the object store answered {response.status_code}")
    raise TicketRefused(f"the object store answered {response.status_code}")
