"""Who is slow on purpose holds nothing for long that others need."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from contracts.document import (
    DescribeDocument,
    Document,
    DocumentStatus,
    OpenContent,
    RegisterDocument,
)
from contracts.storage import DiscardUpload, DownloadTicket
from services.gateway.pace import Tempo
from shared.cause import new_id
from tests.unit.gateway.conftest import LIMITS, World, somebody
from tests.unit.gateway.fakes import soon
from tests.unit.gateway.warehouse import PART, Warehouse, file, form
from tests.waiting import until


async def line_to(world: World) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection."""
    address = urlsplit(world.address)
    return await asyncio.open_connection(address.hostname, address.port)


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], dict[str, object]]:
    """Read one answer: its status, its headers and its problem."""
    async with asyncio.timeout(20):
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        body = await reader.readexactly(int(headers["content-length"]))
    return int(status.split()[1]), headers, json.loads(body)


class TestSilence:
    @pytest.fixture
    def world(self) -> World:
        return World(limits=replace(LIMITS, silence_seconds=0.3))

    async def test_a_body_that_never_comes_is_not_waited_for(self, served: World) -> None:
        reader, writer = await line_to(served)

        writer.write(b"POST /api/v1/auth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na=")
        status, _, problem = await answer_of(reader)
        writer.close()

        assert (status, str(problem["type"]).rpartition("/")[2]) == (408, "too-slow")

    async def test_who_falls_silent_in_an_upload_is_given_up(
        self, served: World, warehouse: Warehouse
    ) -> None:
        body, headers = form(file(bytes(2 * PART)))
        silence = asyncio.Event()

        async def stall() -> AsyncIterator[bytes]:
            yield body[:PART]
            await silence.wait()

        async with served.client() as client:
            sending = asyncio.create_task(
                client.post("/api/v1/documents", content=stall(), headers=headers)
            )
            await until(lambda: bool(served.mesh.of(DiscardUpload)))
            silence.set()
            await asyncio.wait([sending])

        assert served.mesh.of(RegisterDocument) == []

    async def test_who_takes_nothing_of_a_file_lets_go_of_the_store(self, served: World) -> None:
        document_id = offer(served, bytes(20_000_000))
        address = urlsplit(served.address)
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            line.connect((address.hostname, address.port))
            token = served.signer.token(served.caller)
            line.sendall(
                f"GET /api/v1/documents/{document_id}/content HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: Bearer {token}\r\n\r\n".encode()
            )
            await until(lambda: served.objects.reading == 1)

            await until(lambda: served.objects.reading == 0)


def offer(world: World, content: bytes) -> str:
    """Have a document whose file is this."""
    document_id, name = new_id(), "optics.bin"
    now = datetime.now(UTC)
    world.objects.kept["inside"] = content
    world.mesh.answers[DescribeDocument] = lambda *_: Document(
        id=document_id,
        title=name,
        filename=name,
        media_type="text/plain",
        size=len(content),
        status=DocumentStatus.READY,
        progress=100,
        tags=[],
        created_at=now,
        updated_at=now,
    )
    world.mesh.answers[OpenContent] = lambda *_: DownloadTicket(
        object_id=document_id,
        method="GET",
        url="inside",
        expires_at=soon(),
        size=len(content),
        sha256="ab" * 32,
        media_type="text/plain",
    )
    return str(document_id)


class TestDripping:
    @pytest.fixture
    def world(self) -> World:
        return World(tempo=Tempo(bytes_per_second=1e9, grace=0.01, look=0.01))

    async def test_two_who_drip_make_room_for_a_third_and_are_told_why(
        self, served: World, warehouse: Warehouse
    ) -> None:
        drips = [await self.drip(served) for _ in range(2)]

        async with served.client(somebody()) as carol:
            answer = await carol.post("/api/v1/documents", files={"file": ("a.txt", b"hello")})

        assert answer.status_code == 202
        told = [asyncio.ensure_future(answer_of(reader)) for reader, _ in drips]
        (first, *_), kept = await asyncio.wait(told, return_when=asyncio.FIRST_COMPLETED)
        status, headers, problem = first.result()
        assert (status, str(problem["type"]).rpartition("/")[2]) == (408, "gave-way")
        assert headers["retry-after"] == "10"
        assert len(kept) == 1
        for task in kept:
            task.cancel()
        for _, writer in drips:
            writer.close()

    async def drip(self, world: World) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Begin an upload of somebody who hardly sends anything."""
        body, headers = form(file(bytes(PART)))
        reader, writer = await line_to(world)
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(
            f"POST /api/v1/documents HTTP/1.1\r\nHost: x\r\n{told}"
            f"Authorization: Bearer {world.signer.token(somebody())}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        writer.write(body[:10])
        free = world.uploads.free
        await until(lambda: world.uploads.free < free)
        return reader, writer


async def test_a_body_with_two_lengths_is_refused_and_what_follows_is_not_read(
    served: World,
) -> None:
    reader, writer = await line_to(served)
    hidden = b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n"

    writer.write(
        b"POST /api/v1/auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden
    )
    status, _, problem = await answer_of(reader)
    async with asyncio.timeout(20):
        rest = await reader.read()
    writer.close()

    assert (status, str(problem["type"]).rpartition("/")[2]) == (400, "two-lengths")
    assert rest == b""
