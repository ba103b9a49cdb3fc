"""One open tab: signed in by a ticket, told what it missed and what follows, until it is over."""

import asyncio
import json
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from prometheus_client import Gauge
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from services.gateway.dependencies import Gateway
from services.gateway.live.endings import (
    GOING_AWAY,
    IDLE,
    NOT_SIGNED_IN,
    RETRY_AFTER,
    TOO_LONG,
    TOO_MANY,
    TRY_LATER,
    Over,
    first,
    over_when,
)
from services.gateway.live.news import Place, shown
from services.gateway.model import Caller, Invalid, TooManyRequests
from shared import logs
from shared.problems import Away, Problem

_FRAME: Final = 4_096
_SIGN_IN_SECONDS: Final = 10.0
_RESUME_SECONDS: Final = 60.0

OPEN: Final = Gauge("mesh_websockets_open", "WebSockets that are signed in")
log = logs.get(__name__)


class Auth(BaseModel):
    """Sign in with a ticket."""

    type: Literal["auth"]
    ticket: str = Field(max_length=200)


class Resume(BaseModel):
    """Tell me what came after an offset, and what follows; from now on if it is null."""

    type: Literal["resume"]
    epoch: str | None = Field(default=None, max_length=200)
    offset: int | None = Field(default=None, ge=0)


class Ping(BaseModel):
    """Are you there?"""

    type: Literal["ping"]


ClientFrame = Annotated[Auth | Resume | Ping, Field(discriminator="type")]
_FRAMES: Final[TypeAdapter[Auth | Resume | Ping]] = TypeAdapter(ClientFrame)


async def serve(socket: WebSocket, gateway: Gateway, draining: asyncio.Event) -> None:
    """Serve a WebSocket from its first frame to its last."""
    await socket.accept()
    connection = Connection(socket, gateway)
    try:
        caller = await connection.sign_in()
        with gateway.sockets.take(caller.user), OPEN.track_inprogress():
            await connection.run(caller, draining)
    except WebSocketDisconnect:
        return
    except TooManyRequests as many:
        await connection.close(Over(TOO_MANY, many.detail))
    except Over as over:
        await connection.close(over)


@dataclass(slots=True)
class Connection:
    """Frames in, frames out."""

    socket: WebSocket
    gateway: Gateway
    _sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    _pushing: "asyncio.Task[None] | None" = None

    async def sign_in(self) -> Caller:
        """Expect a valid ticket as the first frame, soon."""
        try:
            async with asyncio.timeout(_SIGN_IN_SECONDS):
                frame = _understood(await self._receive())
            caller = (
                await self.gateway.passes.redeem(frame.ticket) if isinstance(frame, Auth) else None
            )
        except Away as away:
            raise Over(TRY_LATER, away.detail) from away
        except (TimeoutError, Invalid):
            caller = None
        if caller is None or self.gateway.access.has_ended(caller.session):
            raise Over(NOT_SIGNED_IN, "send a fresh ticket first")
        return caller

    async def run(self, caller: Caller, draining: asyncio.Event) -> None:
        """Say hello and stay until one side ends the connection."""
        ended = self.gateway.access.watch(caller.session)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(over_when(ended, NOT_SIGNED_IN, "the session has ended"))
                group.create_task(self._say_goodbye_when(draining))
                await self._hello(caller)
                await self._listen(caller, group)
        except* (Over, WebSocketDisconnect) as endings:
            raise first(endings) from None
        finally:
            self.gateway.access.unwatch(caller.session, ended)

    async def close(self, over: Over) -> None:
        """End it, if it is not ended already."""
        if self.socket.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect):
                await self.socket.close(over.code, over.reason)

    async def _hello(self, caller: Caller) -> None:
        try:
            mark = await self.gateway.pushes.mark(caller.user)
        except Away as away:
            raise Over(TRY_LATER, away.detail) from away
        await self._send("hello", session=str(caller.session), epoch=mark.epoch, offset=mark.offset)

    async def _listen(self, caller: Caller, group: asyncio.TaskGroup) -> None:
        while True:
            try:
                async with asyncio.timeout(None if self._pushing else _RESUME_SECONDS):
                    text = await self._receive()
                if self.gateway.allowances.spend(f"socket {caller.user}").spent:
                    raise Over(TOO_MANY, "too many frames")
                await self._take(_understood(text), caller, group)
            except TimeoutError as silent:
                raise Over(IDLE, "send a resume frame, or do not stay") from silent
            except Problem as problem:
                await self._send("error", problem=problem.details().model_dump(mode="json"))

    async def _take(
        self, frame: Auth | Resume | Ping, caller: Caller, group: asyncio.TaskGroup
    ) -> None:
        if isinstance(frame, Ping):
            await self._send("pong")
        elif isinstance(frame, Resume):
            await self._resume(frame, caller, group)
        else:
            raise Invalid("This WebSocket is signed in already.")

    async def _resume(self, wanted: Resume, caller: Caller, group: asyncio.TaskGroup) -> None:
        if wanted.offset is None and self._pushing is not None:
            await self._send("recovered", count=0)
            return
        mark = await self.gateway.pushes.mark(caller.user)
        place = Place.behind(mark, wanted.epoch or "", wanted.offset)
        if self._pushing is not None:
            self._pushing.cancel()
        self._pushing = group.create_task(self._push(caller, place))

    async def _push(self, caller: Caller, place: Place) -> None:
        async with aclosing(place.news(self.gateway.pushes, caller.user)) as news:
            async for one in news:
                with shown(one):
                    await self._send(one.type, **one.members)

    async def _say_goodbye_when(self, draining: asyncio.Event) -> None:
        await draining.wait()
        await self._send("bye", code=GOING_AWAY, retry_after=RETRY_AFTER)
        raise Over(GOING_AWAY, "come back in a moment")

    async def _receive(self) -> str:
        message = await self.socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text = message.get("text") or ""
        if len(text) > _FRAME:
            raise Over(TOO_LONG, f"frames have at most {_FRAME} characters")
        return str(text)

    async def _send(self, type_: str, **members: Any) -> None:
        """Send a frame; a client that does not take it is disconnected."""
        text = json.dumps({"type": type_, **members}, separators=(",", ":"), ensure_ascii=False)
        try:
            async with self._sending, asyncio.timeout(self.gateway.limits.send_seconds):
                await self.socket.send_text(text)
        except (TimeoutError, RuntimeError) as stuck:
            raise Over(IDLE, "the other side does not read") from stuck


def _understood(text: str) -> Auth | Resume | Ping:
    try:
        return _FRAMES.validate_json(text)
    except ValidationError as odd:
        raise Invalid("Send auth, resume or ping frames, as JSON.") from odd
