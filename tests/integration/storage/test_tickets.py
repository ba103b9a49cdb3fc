"""Bytes move by tickets, in pieces, and every way that fails has its own name."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from services.storage.blobs import S3Objects
from services.storage.model.stored import Place, Spot
from services.storage.ports import Pass
from shared.problems import Away
from shared.tickets import Misannounced, Oversized, TicketRefused, Tickets
from tests.integration.storage.test_adapters import account
from tests.servers import S3

LIFE = timedelta(minutes=5)
CONTENT = bytes(range(256)) * 8000


@dataclass(frozen=True)
class Slip:
    """A ticket."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@pytest.fixture
async def objects(s3: S3) -> S3Objects:
    objects = S3Objects(account(s3))
    await objects.prepare()
    return objects


@pytest.fixture
async def tickets() -> AsyncGenerator[Tickets]:
    async with Tickets() as tickets:
        yield tickets


def up(objects: S3Objects, key: str) -> Slip:
    return Slip("PUT", objects.upload_pass(key, life=LIFE, public=False).url)


def down(objects: S3Objects, key: str) -> Slip:
    entry: Pass = objects.download_pass(
        key, filename=None, media_type="text/plain", life=LIFE, public=False
    )
    return Slip("GET", entry.url)


async def sealed(objects: S3Objects, tickets: Tickets) -> str:
    key = uuid4().hex
    etag = await tickets.send(up(objects, key), CONTENT)
    await objects.seal(key, key, etag)
    return key


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


class TestUp:
    async def test_what_comes_in_pieces_arrives_whole(
        self, objects: S3Objects, tickets: Tickets
    ) -> None:
        etag = await tickets.stream_up(up(objects, key := uuid4().hex), in_pieces(CONTENT), 2048000)

        arrived = await objects.arrived(Spot(Place.INCOMING, key))
        assert arrived is not None
        assert (arrived.size, arrived.etag) == (len(CONTENT), etag)

    @pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1])
    async def test_fewer_or_more_bytes_than_announced_are_none(
        self, objects: S3Objects, tickets: Tickets, size: int
    ) -> None:
        with pytest.raises(Misannounced):
            await tickets.stream_up(up(objects, key := uuid4().hex), in_pieces(CONTENT), size)

        assert await objects.arrived(Spot(Place.INCOMING, key)) is None

    async def test_what_goes_wrong_at_the_source_is_told_as_it_is(
        self, objects: S3Objects, tickets: Tickets
    ) -> None:
        async def breaking() -> AsyncIterator[bytes]:
            yield CONTENT
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await tickets.stream_up(up(objects, key := uuid4().hex), breaking(), len(CONTENT) * 2)

        assert await objects.arrived(Spot(Place.INCOMING, key)) is None


class TestDown:
    async def test_it_comes_in_pieces_with_what_the_store_says_of_it(
        self, objects: S3Objects, tickets: Tickets
    ) -> None:
        key = await sealed(objects, tickets)

        async with tickets.stream_down(down(objects, key)) as download:
            pieces = [piece async for piece in download.chunks]

        assert b"".join(pieces) == CONTENT
        assert len(pieces) > 1
        assert download.headers["content-length"] == str(len(CONTENT))

    @pytest.mark.parametrize(
        ("asked", "status", "content"),
        [
            ("bytes=0-9", 206, CONTENT[:10]),
            ("bytes=-5", 206, CONTENT[-5:]),
            (f"bytes={len(CONTENT)}-", 416, None),
        ],
    )
    async def test_a_range_is_the_stores_to_answer(
        self, objects: S3Objects, tickets: Tickets, asked: str, status: int, content: bytes | None
    ) -> None:
        ticket = down(objects, await sealed(objects, tickets))

        async with tickets.stream_down(ticket, {"range": asked}) as download:
            received = b"".join([piece async for piece in download.chunks])

        assert download.status == status
        assert content is None or received == content

    async def test_what_is_known_already_is_not_sent_again(
        self, objects: S3Objects, tickets: Tickets
    ) -> None:
        ticket = down(objects, await sealed(objects, tickets))
        async with tickets.stream_down(ticket) as download:
            etag = download.headers["etag"]

        async with tickets.stream_down(ticket, {"if-none-match": etag}) as again:
            assert again.status == 304

    async def test_whole_is_whole_up_to_its_limit(
        self, objects: S3Objects, tickets: Tickets, tmp_path: Path
    ) -> None:
        ticket = down(objects, await sealed(objects, tickets))

        assert await tickets.whole(ticket, limit=len(CONTENT)) == CONTENT
        with pytest.raises(Oversized):
            await tickets.whole(ticket, limit=len(CONTENT) - 1)
        assert await tickets.to_file(ticket, tmp_path / "it") == len(CONTENT)
        assert (tmp_path / "it").read_bytes() == CONTENT


class TestFailure:
    async def test_a_ticket_that_was_changed_or_whose_object_is_gone_is_refused(
        self, objects: S3Objects, tickets: Tickets
    ) -> None:
        ticket = down(objects, key := await sealed(objects, tickets))
        other = Slip("GET", ticket.url.replace(key, uuid4().hex))

        with pytest.raises(TicketRefused, match="403") as refused:
            await tickets.whole(other, limit=1)
        await objects.erase(Spot(Place.SEALED, key))
        with pytest.raises(TicketRefused, match="404"):
            await tickets.whole(ticket, limit=1)

        assert "Signature" not in str(refused.value.details())

    async def test_a_store_that_is_not_there_is_away(self, tickets: Tickets) -> None:
        with pytest.raises(Away):
            await tickets.send(Slip("PUT", "http://127.0.0.1:9/a"), b"a")
        with pytest.raises(Away):
            await tickets.whole(Slip("GET", "http://127.0.0.1:9/a"), limit=1)

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it",
            b"",
        ],
    )
    async def test_a_store_in_trouble_is_away_even_amid_an_answer(
        self, tickets: Tickets, answer: bytes
    ) -> None:
        async with _answering(answer) as url:
            with pytest.raises(Away):
                await tickets.whole(Slip("GET", url), limit=1000)


@asynccontextmanager
async def _answering(answer: bytes) -> AsyncIterator[str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/a"
