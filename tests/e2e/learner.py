"""A person who uses the mesh as the interface describes it, and tries again when it is away."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect

Json = dict[str, Any]

PATIENCE: Final = 120.0
_AGAIN: Final = frozenset({409, 429, 500, 502, 503, 504})
_PAUSE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a person's live events."""

    epoch: str
    offset: int | None


@dataclass
class Learner:
    """One signed-in person."""

    http: httpx.AsyncClient
    address: str

    async def upload(self, filename: str, content: bytes) -> Json:
        """Upload a file once, however often it takes: the key says that it is the same wish."""
        return await self.until_answered(
            "POST",
            "/documents",
            files={"file": (filename, content)},
            headers={"Idempotency-Key": str(uuid4())},
        )

    async def get(self, path: str, **params: Any) -> Json:
        """Ask for something, patiently."""
        return await self.until_answered("GET", path, params=params)

    async def until_answered(self, method: str, path: str, **rest: Any) -> Json:
        """Send a request until the mesh answers it, as long as patience lasts."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    answer = await self.http.request(method, path, **rest)
                except httpx.TransportError:
                    await asyncio.sleep(_PAUSE)
                    continue
                if answer.status_code not in _AGAIN:
                    assert answer.is_success, answer.text
                    return answer.json() if answer.content else {}
                await asyncio.sleep(_PAUSE)

    async def everything(self, path: str, **params: Any) -> AsyncIterator[Json]:
        """Read a list to its end, page by page."""
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = await self.get(path, limit=100, **params, **more)
            for item in page["items"]:
                yield item
            cursor = page["next_cursor"]
            if cursor is None:
                return

    @asynccontextmanager
    async def tab(self) -> AsyncGenerator[tuple[ClientConnection, Mark]]:
        """Open a socket and sign in; it pushes nothing before it is told where to resume."""
        ticket = (await self.until_answered("POST", "/ws/tickets"))["ticket"]
        async with connect(f"{self.address.replace('http', 'ws')}/api/v1/ws") as socket:
            await socket.send(json.dumps({"type": "auth", "ticket": ticket}))
            hello = json.loads(await socket.recv())
            assert hello["type"] == "hello", hello
            yield socket, Mark(hello["epoch"], hello["offset"])

    async def now(self) -> Mark:
        """Tell where the live events are at this moment."""
        async with self.tab() as (_, mark):
            return mark

    async def missed_since(self, mark: Mark) -> list[Json]:
        """Come back after a while and hear everything that was missed, and no more."""
        async with self.tab() as (socket, _):
            wish = {"type": "resume", "epoch": mark.epoch, "offset": mark.offset}
            await socket.send(json.dumps(wish))
            missed: list[Json] = []
            while True:
                frame = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
                if frame["type"] == "recovered":
                    assert frame["count"] == len(missed)
                    return missed
                assert frame["type"] == "event", frame
                missed.append(frame)


@asynccontextmanager
async def learner(address: str) -> AsyncGenerator[Learner]:
    """Register somebody new, sign in, and leave at the end of the block."""
    email, password = f"{uuid4().hex}@example.org", "correct horse battery staple"
    async with httpx.AsyncClient(base_url=f"{address}/api/v1", timeout=30) as http:
        person = Learner(http, address)
        body = {"email": email, "password": password, "name": "Ada"}
        await person.until_answered("POST", "/auth/register", json=body)
        login = {"username": email, "password": password}
        token = await person.until_answered("POST", "/auth/token", data=login)
        http.headers["Authorization"] = f"Bearer {token['access_token']}"
        yield person
