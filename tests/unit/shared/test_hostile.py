"""Who speaks HTTP badly is told so as a problem and left; nobody makes us wait or keep things."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from typing import Final

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse

from shared.web import Server, listening
from tests.waiting import until

UPGRADE: Final = "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
KEY: Final = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
MANY: Final = "".join(f"X-{number}: a\r\n" for number in range(200))
PINGS: Final = (b"\x89\xfd" + bytes(4 + 125)) * 1_000


@pytest.fixture
async def address() -> AsyncGenerator[tuple[str, int]]:
    app = FastAPI()

    @app.websocket("/bell")
    async def bell(rung: WebSocket) -> None:
        await rung.accept()
        await rung.receive()

    @app.post("/stream")
    async def stream() -> StreamingResponse:
        async def forever() -> AsyncGenerator[bytes]:
            yield b"begun"
            await asyncio.Event().wait()

        return StreamingResponse(forever())

    server = Server(app, 1.0)
    with listening("127.0.0.1", 0) as taken:
        serving = asyncio.create_task(server.serve([taken]))
        await until(lambda: server.started)
        yield taken.getsockname()
        server.leave()
        await serving


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A : b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        f"POST /bell HTTP/1.1\r\n{UPGRADE}{KEY}\r\n".encode(),
        f"GET /bell HTTP/1.1\r\n{UPGRADE}{KEY}{MANY}\r\n".encode(),
        f"GET /bell HTTP/1.1\r\n{UPGRADE}{KEY}X: {'a' * 20_000}\r\n\r\n".encode(),
        f"GET /bell HTTP/1.1\r\n{UPGRADE}\r\n".encode(),
        f"GET /bell HTTP/1.1\r\n{UPGRADE}{KEY.replace('13', '8')}\r\n".encode(),
    ],
    ids=[
        *("tls", "no-host", "blank", "two-lengths", "gzip", "post-upgrade", "many-headers"),
        *("long-header", "no-key", "old-version"),
    ],
)
async def test_what_is_no_request_is_a_problem_and_the_end(
    address: tuple[str, int], said: bytes
) -> None:
    reader, writer = await asyncio.open_connection(*address)

    writer.write(said)
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()

    problem = json.loads(body)
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head.lower()
    assert problem["type"].endswith("/unreadable")
    assert "Traceback" not in problem["detail"]


async def test_an_answer_that_began_is_broken_off_when_its_request_turns_to_rubbish(
    address: tuple[str, int],
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"POST /stream HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    async with asyncio.timeout(10):
        await reader.readuntil(b"begun")

        writer.write(b"no chunk\r\n")
        rest = await reader.read()
    writer.close()

    assert b"HTTP/1.1" not in rest


async def test_who_rings_on_and_on_and_takes_no_answer_is_left(address: tuple[str, int]) -> None:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.connect(address)
        line.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(line, f"GET /bell HTTP/1.1\r\n{UPGRADE}{KEY}\r\n".encode())
        await loop.sock_recv(line, 4_096)

        async with asyncio.timeout(20):
            with pytest.raises(OSError, match=r"reset|pipe"):
                for _ in range(400):  # 50 MB: more than any buffer between us
                    await loop.sock_sendall(line, PINGS)
