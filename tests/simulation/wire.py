"""A process's way to PostgreSQL, which can be cut, and slowed, between any two requests.

It speaks just enough of the protocol to know where a request ends: what a driver sends up to `Sync`
(or `Flush`, or one simple query) is a request, and what the server says then its answer. Each
execution, and BEGIN and COMMIT, is a step at which a process meets its fate.
"""

import asyncio
import contextlib
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.simulation.fate import Lost, Steps

Message = tuple[bytes, bytes]
"""Its kind and all its bytes."""
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_ENDS: Final = (b"S", b"Q", b"X", b"H")
_DESCRIBED: Final = (b"T", b"n", b"E")
"""With one of these the server has said all when it was asked with `Flush`, to prepare."""
_CANCEL: Final = struct.pack("!I", 80877102)
_OF_THE_DRIVER: Final = ("SELECT current_setting('jit')", "WITH RECURSIVE typeinfo_tree")
"""How asyncpg's own questions about types begin, asked once for each connection."""
_TLS: Final = struct.pack("!I", 80877103)
_SILENT: Final = (0, 12)
"""What the server says of authentication without waiting for an answer."""
_GONE: Final = (Lost, asyncio.IncompleteReadError, ConnectionError)


@dataclass(slots=True)
class Traffic:
    """Which of the server's sessions work on an answer, whoever asked."""

    working: dict[object, int] = field(default_factory=dict)
    """Their process ids, 0 while unknown."""

    @contextmanager
    def asking(self, pid: int) -> Iterator[None]:
        """Count somebody in."""
        token = object()
        self.working[token] = pid
        try:
            yield
        finally:
            del self.working[token]


@dataclass(slots=True)
class Wire:
    """Listens on a port of its own for one process's connections."""

    host: str
    port: int
    steps: Steps
    traffic: Traffic
    sync: Callable[[], None]
    """Called before anything is asked, so that the server knows what time it is."""
    until_gone: Callable[[int], None]
    """Called after a session's end, so that what it held is free."""
    _server: asyncio.Server | None = None
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def open(self) -> int:
        """Begin; answers the port."""
        self._server = await asyncio.start_server(self._connected, self.host, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def cut(self) -> None:
        """End every connection, and take none any more."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve((reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: Ends) -> None:
        server = await asyncio.open_connection(self.host, self.port)
        session = _Session(self, client, server)
        try:
            with contextlib.suppress(*_GONE):
                await session.run()
        finally:
            client[1].transport.abort()
            server[1].transport.abort()
            await asyncio.sleep(0)  # an abort closes at the loop's next turn
            self.until_gone(session.pid)


@dataclass(slots=True)
class _Session:
    wire: Wire
    client: Ends
    server: Ends
    pid: int = 0
    prepared: dict[bytes, str] = field(default_factory=dict)
    """The words of statements, by the driver's name for them."""

    async def run(self) -> None:
        with self.wire.traffic.asking(0):
            await self._greet()
        while True:
            request = await self._request()
            if request[-1][0] == b"X":
                return
            fate = None
            what = self._what(request)
            if what:
                fate = await self.wire.steps.before(what)
            with self.wire.traffic.asking(self.pid):
                self.wire.sync()
                self.server[1].write(b"".join(raw for _, raw in request))
                answer = await self._answer(request[-1][0])
            if what:
                await self.wire.steps.after(fate)
            self.client[1].write(answer)

    async def _greet(self) -> None:
        """Pass on how a session begins, with its password."""
        opening = await self._opening()
        if opening[4:8] == _TLS:
            self.client[1].write(b"N")
            opening = await self._opening()
        self.server[1].write(opening)
        if opening[4:8] == _CANCEL:
            raise Lost("cancelled")
        kind = b""
        while kind != b"Z":
            kind, raw = await _message(self.server[0])
            self.client[1].write(raw)
            if kind == b"K":
                self.pid = struct.unpack("!I", raw[5:9])[0]
            if kind == b"R" and struct.unpack("!I", raw[5:9])[0] not in _SILENT:
                self.server[1].write((await _message(self.client[0]))[1])

    async def _opening(self) -> bytes:
        head = await self.client[0].readexactly(4)
        return head + await self.client[0].readexactly(_length(head) - 4)

    async def _request(self) -> list[Message]:
        gathered = [await _message(self.client[0])]
        while gathered[-1][0] not in _ENDS:
            gathered.append(await _message(self.client[0]))
        return gathered

    async def _answer(self, asked: bytes) -> bytes:
        last = _DESCRIBED if asked == b"H" else (b"Z",)
        kind, gathered = await _message(self.server[0])
        while kind not in last:
            kind, raw = await _message(self.server[0])
            gathered += raw
        return gathered

    def _what(self, request: list[Message]) -> str:
        """Name a step, or nothing where a request is the driver's own business."""
        what = ""
        for kind, raw in request:
            if kind == b"Q":
                what = raw[5:-1].decode().strip()
                return what if what.startswith(("BEGIN", "COMMIT")) else ""
            if kind == b"P":
                name, words = raw[5:].split(b"\0")[:2]
                self.prepared[name] = " ".join(words.decode().split())
            if kind == b"B":
                what = self.prepared.get(raw[5:].split(b"\0")[1], "")
        return "" if what.startswith(_OF_THE_DRIVER) else what[:60]


async def _message(reader: asyncio.StreamReader) -> Message:
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(_length(head[1:]) - 4)


def _length(raw: bytes) -> int:
    length: int = struct.unpack("!I", raw[:4])[0]
    return length
