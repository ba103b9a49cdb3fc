"""A wire between one process and one of its servers, that can be cut without anybody being told."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

HOST: Final = "127.0.0.1"
_PIECE: Final = 256 * 1024


@dataclass(slots=True)
class Wire:
    """Forwards TCP to a server. While it is cut nothing comes through, and nothing is closed.

    That is how a network fails: no reset tells either side, new connections begin and hear nothing.
    """

    to: int
    port: int = 0
    """Where it listens; the same for its whole life."""
    _whole: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _ways: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self) -> "Wire":
        """Begin to listen."""
        self._whole.set()
        self._server = await asyncio.start_server(self._carry, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> None:
        """Let nothing through from now on."""
        self._whole.clear()

    def mend(self) -> None:
        """Let through what waits, and what comes."""
        self._whole.set()

    async def close(self) -> None:
        """Let go of everything."""
        self.mend()
        if self._server is not None:
            self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        way = asyncio.current_task()
        assert way is not None
        self._ways.add(way)
        try:
            await self._whole.wait()
            far, forth = await asyncio.open_connection(HOST, self.to)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(near, forth))
                both.create_task(self._pass_on(far, back))
        except* (OSError, RuntimeError, asyncio.CancelledError):
            pass  # either side is gone; uvloop says so with a RuntimeError
        finally:
            back.close()
            self._ways.discard(way)

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(_PIECE):
                await self._whole.wait()
                sink.write(piece)
                await sink.drain()
        finally:
            with suppress(OSError):
                sink.close()
