"""HTTP as every process serves it: in our loop, with our signals, spans, counts and logs."""

import asyncio
import socket
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from time import perf_counter
from typing import ClassVar, Final
from urllib.parse import quote

import h11
import uvicorn
from fastapi import FastAPI
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request as Handshake
from websockets.server import ServerProtocol

from shared import metrics, telemetry
from shared.problems import Problem

QUIET: Final = frozenset({"/livez", "/readyz", "/metrics"})
GONE: Final = 499
"""The status of a request that was not answered because its sender had hung up."""
SERVER_ERROR: Final = 500
_SPECIAL: Final = frozenset('"\\%')
_IDLE_SECONDS: Final = 75
"""Longer than clients keep idle connections: if we closed first, their next request would fail."""
_DATE_SECONDS: Final = 1.0
"""How old the date of an answer may be."""
_UNTAKEN_BYTES: Final = 1024 * 1024
_UNTAKEN_MS: Final = 60_000
"""After so long the kernel drops a connection whose other side takes nothing of what we sent."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

SERVED: Final = Histogram(
    "mesh_http_seconds",
    "How long HTTP requests took",
    ["method", "route", "status"],
    buckets=metrics.SECONDS,
)


class Unreadable(
    Problem, code="unreadable", status=HTTPStatus.BAD_REQUEST, title="This is no HTTP request"
):
    """It is not framed as HTTP/1.1 is, or opens no WebSocket though it says so."""


class CannotListen(OSError):
    """Somebody else has the address, or we may not have it."""


class Observed:
    """Puts each request into a trace, the caller's if they bring one, and counts it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; sockets and probes pass through unobserved."""
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self._app(scope, receive, send)
            return
        status = 0

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        start = perf_counter()
        parent = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
        method = method_of(scope)
        with telemetry.span(method, parent=parent or None, kind=SpanKind.SERVER) as span:
            try:
                await self._app(scope, receive, observe)
                status = status or GONE
            finally:
                status = status or SERVER_ERROR
                route = route_of(scope)
                _describe(span, method, route, status)
                SERVED.labels(method, route, status).observe(perf_counter() - start)


class Impatient(H11Protocol):
    """Closes a connection on which a whole request does not begin soon enough.

    Uvicorn counts only between two requests: who asked nothing, or wrote a head byte by byte, could
    stay for ever, without signing in, until no connection was left for anybody.
    """

    seconds: ClassVar[float] = 30.0
    _closing: asyncio.TimerHandle | None = None
    _upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on waiting unless these bytes make a request whole."""
        super().data_received(data)
        # Before the first request there is none, whatever uvicorn's types say.
        if getattr(self.cycle, "response_complete", True):
            self._wait()
        else:
            self._wait_no_more()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, as a problem; where an answer has begun, break it off."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            body = Unreadable(msg).details().model_dump_json().encode()
            headers = [
                ("Content-Type", "application/problem+json"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
            ]
            answer = h11.Response(status_code=Unreadable.status, headers=headers)
            for part in (answer, h11.Data(body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(part) or b"")
        self.transport.close()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over, unless what came opens no WebSocket.

        Nobody would answer that, and the connection would stay for ever.
        """
        if wrong := _wrong_with(event, self.headers):
            self.send_400_response(wrong)
            return
        super().handle_websocket_upgrade(event)
        self._upgraded = True
        self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._closing is None and not self._upgraded:
            self._closing = self.loop.call_later(self.seconds, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None


class Bounded(WebSocketsSansIOProtocol):
    """A WebSocket whose other side may not make us keep what it does not take."""

    def handle_ping(self) -> None:
        """Answer; who asks on and on and takes no answer is left."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > _UNTAKEN_BYTES:
            self.transport.abort()


class Server(uvicorn.Server):
    """Uvicorn that leaves signals to the process, and does not look for its end again and again."""

    def __init__(self, app: FastAPI, drain_seconds: float) -> None:
        self._told_to_go = asyncio.Event()
        super().__init__(
            uvicorn.Config(
                app,
                http=Impatient,
                ws=Bounded,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=max(1, int(drain_seconds)),
                ws_max_size=64 * 1024,
            )
        )

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to the process."""
        yield

    def leave(self) -> None:
        """Take no more connections, finish what is in hand, and end."""
        self.should_exit = True
        self._told_to_go.set()

    async def main_loop(self) -> None:
        """Keep the date of answers fresh until told to go, in a tenth of uvicorn's own steps."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_DATE_SECONDS):
                    await self._told_to_go.wait()


def method_of(scope: Scope) -> str:
    """Name the method if it is one that we know: what a stranger makes up is no label."""
    method = str(scope["method"])
    return method if method in _METHODS else "other"


def route_of(scope: Scope) -> str:
    """Name the route as it was written, never the path as it was asked: ids are no labels."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def attachment(filename: str | None) -> str:
    """Write a Content-Disposition: a name in full and, for old clients, in ASCII (RFC 6266)."""
    if not filename:
        return "attachment"
    name = "".join(letter for letter in filename if letter.isprintable()).strip()
    plain = "".join(
        letter if letter.isascii() and letter not in _SPECIAL else "_" for letter in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@contextmanager
def listening(host: str, port: int) -> Generator[socket.socket]:
    """Take the address before anything else is done; port 0 takes a free one."""
    with ExitStack() as stack:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        taken = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Each accepted connection has it, too. Without it one that we closed would stay until its
        # last bytes are taken: for ever, if somebody wants that.
        if sys.platform == "linux":
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNTAKEN_MS)
        try:
            taken.bind((host, port))
        except OSError as error:
            raise CannotListen(f"cannot serve on {host}:{port}: {error.strerror}") from None
        yield taken


def _wrong_with(event: h11.Request, headers: list[tuple[bytes, bytes]]) -> str:
    """Say why a request opens no WebSocket; empty if it does."""
    lines = (b"%b: %b\r\n" % header for header in headers)
    handshake = ServerProtocol()
    handshake.receive_data(
        b"%b %b HTTP/1.1\r\n%b\r\n" % (event.method, event.target, b"".join(lines))
    )
    asked = next(iter(handshake.events_received()), None)
    if isinstance(asked, Handshake):
        handshake.accept(asked)
    return str(handshake.handshake_exc or "")


def _describe(span: Span, method: str, route: str, status: int) -> None:
    span.update_name(f"{method} {route}")
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= SERVER_ERROR:
        span.set_status(Status(StatusCode.ERROR))
