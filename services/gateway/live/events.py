"""The same news as over the WebSocket, as server-sent events: plain HTTP, read line by line.

The id of an event names the epoch and the offset. A reader who comes back with the last one gets
exactly what it missed, or a `reset` where that cannot be told.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Final, NamedTuple, Self

from prometheus_client import Gauge
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.gateway.dependencies import Gateway
from services.gateway.live.endings import (
    ENOUGH,
    GOING_AWAY,
    IDLE,
    NOT_SIGNED_IN,
    RETRY_AFTER,
    Over,
    first,
    over_when,
)
from services.gateway.live.news import News, Place, shown
from services.gateway.model import Caller

MEDIA_TYPE: Final = "text/event-stream"
_BEAT: Final = ": still here\n\n"

OPEN: Final = Gauge("mesh_event_streams_open", "Event streams that somebody reads")


class Seen(NamedTuple):
    """The last event that a reader saw, as its id tells it."""

    epoch: str
    offset: int | None

    @classmethod
    def read(cls, event_id: str | None) -> Self:
        """Read an id; a foreign one gets an epoch that never was, so its reader is reset."""
        if not event_id:
            return cls("", None)
        epoch, _, offset = event_id.rpartition(":")
        ours = offset.isascii() and offset.isdecimal() and len(offset) < len(str(2**63))
        return cls(epoch, int(offset)) if ours else cls("", 0)


class EventStream(Response):
    """An answer that goes on until one side goes."""

    media_type = MEDIA_TYPE

    def __init__(
        self, caller: Caller, gateway: Gateway, place: Place, draining: asyncio.Event
    ) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.headers["X-Accel-Buffering"] = "no"
        self._caller = caller
        self._gateway = gateway
        self._place = place
        self._draining = draining
        self._sending = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's way
        """Tell until it is over, and then why."""
        with self._gateway.sockets.take(self._caller.user), OPEN.track_inprogress():
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            try:
                await self._run(receive, send)
            except ClientDisconnect:
                return
            except Over as over:
                if over.code != IDLE:
                    bye = {"code": over.code, "retry_after": RETRY_AFTER}
                    await self._send(send, _event("bye", bye), more=False)

    async def _run(self, receive: Receive, send: Send) -> None:
        ended = self._gateway.access.watch(self._caller.session)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(over_when(ended, NOT_SIGNED_IN, "the session has ended"))
                group.create_task(over_when(self._draining, GOING_AWAY, "we are about to go"))
                group.create_task(_over_when_left(receive))
                await self._hello(send)
                group.create_task(self._beat(send))
                await self._tell(send)
        except* (Over, ClientDisconnect) as endings:
            raise first(endings) from None
        finally:
            self._gateway.access.unwatch(self._caller.session, ended)

    async def _hello(self, send: Send) -> None:
        mark = self._place.mark
        hello = {"session": str(self._caller.session), "epoch": mark.epoch, "offset": mark.offset}
        text = _event("hello", hello, event_id=self._id(self._place.after))
        await self._send(send, f"retry: {RETRY_AFTER * 1_000}\n{text}")

    async def _tell(self, send: Send) -> None:
        left = self._gateway.limits.frames_per_stream
        async with aclosing(self._place.news(self._gateway.pushes, self._caller.user)) as news:
            async for one in news:
                with shown(one):
                    await self._send(send, self._written(one))
                left -= 1
                if left <= 0:
                    raise Over(ENOUGH, "come back for more: the last id says from where")

    def _written(self, news: News) -> str:
        offset = news.members.get("offset")
        event_id = self._id(offset) if offset is not None else None
        name = news.pushed.name if news.pushed else news.type
        return _event(news.type, news.members, name=name, event_id=event_id)

    def _id(self, offset: object) -> str:
        return f"{self._place.mark.epoch}:{offset}"

    async def _beat(self, send: Send) -> None:
        """Say something now and then, so that nobody between us thinks the line dead."""
        while True:
            await asyncio.sleep(self._gateway.limits.beat_seconds)
            await self._send(send, _BEAT)

    async def _send(self, send: Send, text: str, *, more: bool = True) -> None:
        """Send a piece; a client that does not take it is disconnected."""
        piece = {"type": "http.response.body", "body": text.encode(), "more_body": more}
        try:
            async with self._sending, asyncio.timeout(self._gateway.limits.send_seconds):
                await send(piece)
        except TimeoutError as stuck:
            raise Over(IDLE, "the other side does not read") from stuck


async def _over_when_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        """A body means nothing here."""
    raise ClientDisconnect


def _event(
    type_: str, members: Mapping[str, object], *, name: str = "", event_id: str | None = None
) -> str:
    data = json.dumps({"type": type_, **members}, separators=(",", ":"), ensure_ascii=False)
    place = f"id: {event_id}\n" if event_id else ""
    return f"{place}event: {name or type_}\ndata: {data}\n\n"
