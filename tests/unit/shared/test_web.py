"""Requests are counted by what they are, never by what somebody made up."""

import asyncio
import resource
import socket
import sys
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, WebSocket
from websockets.asyncio.client import connect

from shared import metrics
from shared.web import CannotListen, Impatient, Observed, Server, attachment, listening
from tests.waiting import until

_TICKS = 6
"""Fewer than uvicorn alone has in the second that we watch."""


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    app = FastAPI()
    app.add_middleware(Observed)

    @app.get("/kitchens/{name}")
    async def kitchen(name: str) -> str:
        if name == "burnt":
            raise ZeroDivisionError
        return name

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://inn") as asking:
        yield asking


class TestCounting:
    async def test_by_route_and_status(self, client: httpx.AsyncClient) -> None:
        await client.get("/kitchens/ada")
        await client.get("/kitchens/burnt")

        assert _count("GET", "/kitchens/{name}", 200) == 1
        assert _count("GET", "/kitchens/{name}", 500) == 1
        assert "ada" not in metrics.exposition().decode()

    async def test_who_hung_up_is_no_error_of_ours(self) -> None:
        async def nobody_listens(*_: object) -> None: ...

        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        await Observed(nobody_listens)(scope, nobody_listens, nobody_listens)  # type: ignore[arg-type]

        assert _count("POST", "unknown", 499) == 1

    async def test_made_up_methods_and_paths_make_no_series(
        self, client: httpx.AsyncClient
    ) -> None:
        for number in range(3):
            await client.request(f"BREW{number}", f"/made-up/{number}")

        assert _count("other", "unknown", 404) == 3
        assert "BREW" not in metrics.exposition().decode()
        assert "made-up" not in metrics.exposition().decode()


class _Hasty(Impatient):
    seconds = 0.3


class TestPatience:
    @pytest.fixture
    async def address(self) -> AsyncGenerator[tuple[str, int]]:
        app = FastAPI()

        @app.get("/kitchens")
        async def kitchens() -> str:
            return "three"

        @app.websocket("/bell")
        async def bell(rung: WebSocket) -> None:
            await rung.accept()
            await rung.send_text(await rung.receive_text())

        config = uvicorn.Config(app, http=_Hasty, log_config=None, lifespan="off")
        server = uvicorn.Server(config)
        with listening("127.0.0.1", 0) as taken:
            serving = asyncio.create_task(server.serve([taken]))
            await until(lambda: server.started)
            yield taken.getsockname()
            server.should_exit = True
            await serving

    @pytest.mark.parametrize("begun", [b"", b"GET /kitchens HTTP/1.1\r\nHost: x\r\nX-A: "])
    async def test_who_never_asks_is_sent_away(
        self, address: tuple[str, int], begun: bytes
    ) -> None:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(begun)

        def is_sent_away() -> bool:
            """Drip one more byte of a head that was begun; what crosses the end resets it."""
            writer.write(b"a" if begun else b"")
            return reader.at_eof() or reader.exception() is not None

        await until(is_sent_away, within=10)
        writer.close()

    async def test_who_asks_is_answered_and_may_ask_again(self, address: tuple[str, int]) -> None:
        reader, writer = await asyncio.open_connection(*address)

        for _ in range(2):
            writer.write(b"GET /kitchens HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(10):
                assert (await reader.readuntil(b'"three"')).startswith(b"HTTP/1.1 200")

        writer.write(b"GET")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()

    async def test_an_open_websocket_stays(self, address: tuple[str, int]) -> None:
        host, port = address
        async with connect(f"ws://{host}:{port}/bell") as bell:
            reader, writer = await asyncio.open_connection(*address)
            async with asyncio.timeout(10):  # who came later, and asks nothing, is sent away
                assert await reader.read() == b""
            writer.close()
            await bell.send("ring")

            assert await bell.recv() == "ring"


class TestServer:
    @pytest.mark.skipif(sys.platform != "linux", reason="threads are not counted elsewhere")
    async def test_who_serves_nobody_hardly_wakes_and_goes_at_once(self) -> None:
        server = Server(FastAPI(), 10.0)
        with listening("127.0.0.1", 0) as taken:
            serving = asyncio.create_task(server.serve([taken]))
            await until(lambda: server.started)
            before = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
            second = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(1.0, second.set_result, None)
            await second
            woken = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - before
            server.leave()
            async with asyncio.timeout(5):
                await serving

        assert woken < _TICKS

    async def test_an_answer_is_dated(self) -> None:
        server = Server(FastAPI(), 10.0)
        with listening("127.0.0.1", 0) as taken:
            serving = asyncio.create_task(server.serve([taken]))
            await until(lambda: server.started)
            host, port = taken.getsockname()
            async with httpx.AsyncClient(trust_env=False) as asking:
                date = (await asking.get(f"http://{host}:{port}/")).headers["date"]
            server.leave()
            await serving

        age = datetime.now(UTC) - parsedate_to_datetime(date)
        assert abs(age.total_seconds()) < 30

    async def test_nobody_is_believed_to_ask_for_somebody_else(self) -> None:
        app = FastAPI()

        @app.get("/who")
        async def who(request: Request) -> str:
            return f"{request.client.host} {request.url.scheme}" if request.client else ""

        server = Server(app, 10.0)
        with listening("127.0.0.1", 0) as taken:
            serving = asyncio.create_task(server.serve([taken]))
            await until(lambda: server.started)
            host, port = taken.getsockname()
            told = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
            async with httpx.AsyncClient(trust_env=False, headers=told) as asking:
                answer = await asking.get(f"http://{host}:{port}/who")
            server.leave()
            await serving

        assert answer.json() == "127.0.0.1 http"


class TestListening:
    def test_a_free_port_is_found(self) -> None:
        with listening("127.0.0.1", 0) as taken:
            assert taken.getsockname()[1] > 0

    def test_an_address_that_is_not_ours_is_named(self) -> None:
        sentence = r"cannot serve on 192\.0\.2\.1:80: "

        with pytest.raises(CannotListen, match=sentence), listening("192.0.2.1", 80):
            pass

    def test_who_takes_nothing_of_what_was_sent_is_dropped_by_the_kernel(self) -> None:
        with listening("127.0.0.1", 0) as taken:
            taken.listen()
            with socket.create_connection(taken.getsockname()), taken.accept()[0] as accepted:
                patience = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

        assert patience == 60_000

    def test_the_port_is_free_again_afterwards(self) -> None:
        with listening("127.0.0.1", 0) as taken:
            port = taken.getsockname()[1]

        with socket.socket() as other:
            other.bind(("127.0.0.1", port))


class TestAttachment:
    def test_a_name_is_told_in_ascii_and_in_full(self) -> None:
        told = attachment('Größe "1" 100%\n.pdf')

        assert told == (
            'attachment; filename="Gr__e _1_ 100_.pdf";'
            " filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%20100%25.pdf"
        )

    def test_without_a_name_it_is_still_saved_and_not_shown(self) -> None:
        assert attachment(None) == "attachment"


def _count(method: str, route: str, status: int) -> int:
    wanted = f'mesh_http_seconds_count{{method="{method}",route="{route}",status="{status}"}} '
    lines = metrics.exposition().decode().splitlines()
    return int(sum(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted)))
