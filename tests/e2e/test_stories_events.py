"""Stories of news without a WebSocket: a browser's event stream, many documents, preferences."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.files import markdown
from tests.e2e.student import PATIENCE, Student, student
from tests.events import Stream, Told
from tests.mesh import RunningMesh
from tests.waiting import until

EVENTS = "/api/v1/events"
PREFERENCES = "/api/v1/notifications/preferences"
MANY = 30
SOME = 12
"""Events after which there are more to come."""


@dataclass
class Reader:
    """Reads the event stream as a browser does: comes back with the last id whenever it breaks."""

    one: Student
    last_id: str = ""
    told: list[Told] = field(default_factory=list)
    breaks: int = 0

    async def read(self) -> None:
        """Read until cancelled."""
        while True:
            try:
                await self._read()
            except (httpx.TransportError, EOFError):
                self.breaks += 1
            await self.one.wait_a_moment()

    def named(self, name: str) -> list[dict[str, Any]]:
        """The data of all events of a name."""
        return [one.data["data"] for one in self.events() if one.event == name]

    def events(self) -> list[Told]:
        """Everything that was pushed."""
        return [one for one in self.told if one.data["type"] == "event"]

    async def _read(self) -> None:
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        async with self.one.http.stream("GET", EVENTS, headers=headers) as response:
            if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                return
            assert response.status_code == httpx.codes.OK
            stream = Stream(response)
            while True:
                self.told.append(await stream.next(PATIENCE))
                self.last_id = stream.last_id


async def test_two_tabs_miss_nothing_while_the_gateway_is_killed(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada, asyncio.TaskGroup() as group:
        tabs = [Reader(ada), Reader(ada)]
        reading = [group.create_task(tab.read()) for tab in tabs]
        await until(lambda: all(tab.told for tab in tabs), within=PATIENCE)
        documents = {(await ada.upload(f"{n}.md", content(n)))["id"] for n in range(6)}
        await until(lambda: len(tabs[0].events()) > SOME, within=PATIENCE)

        before = mesh.process("gateway")
        mesh.kill("gateway")
        await until(lambda: mesh.is_back("gateway", before), within=PATIENCE)
        for tab in tabs:
            await until(lambda: all_are_told(tab, documents), within=PATIENCE)  # noqa: B023
        for task in reading:
            task.cancel()

    first, second = ([(one.id, one.data["id"]) for one in tab.events()] for tab in tabs)
    shorter = min(len(first), len(second))
    assert first[:shorter] == second[:shorter]
    for tab in tabs:
        assert tab.breaks > 0
        assert not [one for one in tab.told if one.event == "reset"]
        offsets = [one.data["offset"] for one in tab.events()]
        assert offsets == sorted(set(offsets))
        assert [one.data["prev"] for one in tab.events()][1:] == offsets[:-1]


async def test_many_documents_are_summed_up_and_each_ends_once(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada, asyncio.TaskGroup() as group:
        tab = Reader(ada)
        reading = group.create_task(tab.read())
        await until(lambda: bool(tab.told), within=PATIENCE)
        uploads = (ada.upload(f"{number}.md", content(number)) for number in range(MANY))
        documents = {one["id"] for one in await asyncio.gather(*uploads)}
        await until(lambda: all_are_told(tab, documents), within=3 * PATIENCE)
        await until(lambda: summary(tab)["processing"] == 0, within=PATIENCE)
        reading.cancel()

    ends = Counter(
        one["document_id"] for one in tab.named("document.status") if one["status"] == "ready"
    )
    assert ends == dict.fromkeys(documents, 1)
    assert summary(tab)["ready"] == summary(tab)["total"] <= MANY
    assert summary(tab)["progress"] == 100


async def test_what_is_muted_is_not_told(mesh: RunningMesh) -> None:
    muted = {"document": {"in_app": False}}
    async with student(mesh.address) as ada:
        odd = await ada.http.put(PREFERENCES, json={"families": {"document": {"email": True}}})
        told = await ada.http.put(PREFERENCES, json={"families": muted})
        async with ada.tab() as tab:
            await tab.resume()
            document = await ada.read("quiet.md", content(1))
            await tab.until("document.ready", document_id=document["id"])
            kept = await ada.get("/api/v1/notifications")
            ada_wants = await ada.get(PREFERENCES)

    assert odd.status_code == 422
    assert odd.json()["errors"][0]["pointer"] == "#/families/document/email"
    assert told.json() == ada_wants
    assert ada_wants["families"]["document"] == {"in_app": False, "live": True}
    assert (kept["items"], kept["unread"]) == ([], 0)
    assert tab.named("document.status")
    assert not tab.named("notification.created")


def content(number: int) -> bytes:
    return markdown() + f"\n\nThis is number {number}.".encode()


def all_are_told(tab: Reader, documents: set[str]) -> bool:
    ready = {one["document_id"] for one in tab.named("document.ready")}
    return documents <= ready and len(tab.named("notification.created")) >= len(documents)


def summary(tab: Reader) -> dict[str, Any]:
    """The last summary, and before the first that nothing has ended."""
    return (tab.named("documents.progress") or [{"processing": MANY}])[-1]
