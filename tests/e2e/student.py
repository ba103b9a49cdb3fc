"""Somebody who uses the mesh, over HTTP and WebSocket only."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 120.0
FINAL = frozenset({"ready", "failed", "cancelled", "quarantined"})

Json = dict[str, Any]


@dataclass
class Tab:
    """An open WebSocket, and every event it was told."""

    socket: ClientConnection
    hello: Json
    events: list[Json] = field(default_factory=list)

    async def send(self, **frame: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps(frame))

    async def resume(self, epoch: str | None = None, offset: int | None = None) -> None:
        """Ask for what came after an offset; from now on without one."""
        await self.send(type="resume", epoch=epoch, offset=offset)

    async def next(self) -> Json:
        """Take the next frame."""
        frame: Json = json.loads(await self.socket.recv())
        if frame["type"] == "event":
            self.events.append(frame)
        return frame

    async def until(self, name: str, **data: Any) -> None:
        """Take frames until an event of this name with these data came, if it did not yet."""
        async with asyncio.timeout(PATIENCE):
            while not any(data.items() <= one.items() for one in self.named(name)):
                await self.next()

    def named(self, *names: str) -> list[Json]:
        """The data of all events with one of these names, in order."""
        return [one["data"] for one in self.events if one["name"] in names]


@dataclass
class Student:
    """A registered person, signed in."""

    http: httpx.AsyncClient
    email: str
    password: str = "correct horse battery"

    async def sign_in(self) -> None:
        """Get a token."""
        form = {"username": self.email, "password": self.password}
        answer = (await self.http.post("/api/v1/auth/token", data=form)).raise_for_status()
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    async def get(self, route: str, **query: Any) -> Json:
        """Read something that must be there."""
        answer = (await self.http.get(route, params=query)).raise_for_status()
        got: Json = answer.json()
        return got

    async def upload(self, name: str, content: bytes, **fields: str) -> Json:
        """Upload a file."""
        answer = await self.http.post(
            "/api/v1/documents", files={"file": (name, content)}, data=fields
        )
        assert answer.status_code == 202, answer.text
        document: Json = answer.json()
        return document

    async def until_final(self, document_id: str) -> Json:
        """Wait until a document is where it stays."""
        async with asyncio.timeout(PATIENCE):
            while True:
                document = await self.get(f"/api/v1/documents/{document_id}")
                if document["status"] in FINAL:
                    return document
                await self.wait_a_moment()

    async def read(self, name: str, content: bytes, **fields: str) -> Json:
        """Upload a file and wait until it can be searched."""
        document = await self.until_final((await self.upload(name, content, **fields))["id"])
        assert document["status"] == "ready", document
        return document

    async def search(self, q: str, **more: Any) -> Json:
        """Search."""
        return await self.get("/api/v1/search", q=q, **more)

    async def quiz(self, document_id: str, count: int) -> Json:
        """Have a quiz made, and wait for it."""
        body = {"document_ids": [document_id], "count": count}
        asked = (await self.http.post("/api/v1/quizzes", json=body)).raise_for_status()
        async with asyncio.timeout(PATIENCE):
            while True:
                quiz = await self.get(f"/api/v1/quizzes/{asked.json()['id']}")
                if quiz["status"] != "generating":
                    return quiz
                await self.wait_a_moment()

    async def wait_a_moment(self) -> None:
        """Let the mesh work on."""
        await asyncio.sleep(0.1)

    @asynccontextmanager
    async def tab(self) -> AsyncGenerator[Tab]:
        """Open a WebSocket and be greeted."""
        ticket = (await self.http.post("/api/v1/ws/tickets")).raise_for_status().json()["ticket"]
        address = str(self.http.base_url).replace("http", "ws").rstrip("/")
        async with connect(f"{address}/api/v1/ws") as socket:
            await socket.send(json.dumps({"type": "auth", "ticket": ticket}))
            hello = json.loads(await socket.recv())
            assert hello["type"] == "hello", hello
            yield Tab(socket, hello)


@asynccontextmanager
async def student(address: str, name: str = "Ada") -> AsyncGenerator[Student]:
    """Register somebody new and sign them in."""
    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as http:
        one = Student(http, f"{name.lower()}-{uuid4().hex[:12]}@example.org")
        body = {"email": one.email, "password": one.password, "name": name}
        answer = await http.post("/api/v1/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        await one.sign_in()
        yield one
