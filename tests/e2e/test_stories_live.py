"""Story 4: a socket dropped in the middle of twenty uploads misses nothing and doubles nothing."""

import asyncio

from tests.e2e.files import markdown
from tests.e2e.student import Json, Student, Tab, student
from tests.mesh import RunningMesh

DOCUMENTS = 20


async def test_what_a_dropped_socket_missed_comes_once_and_in_order(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada, ada.tab() as steady:
        start = steady.hello
        await steady.resume(start["epoch"], start["offset"])
        uploading = asyncio.create_task(upload_all(ada))

        first = await watch(ada, start["epoch"], start["offset"], events=15)
        second = await watch(ada, start["epoch"], first[-1]["offset"], events=25)
        documents = await uploading
        await until_all_are_told(steady, documents)
        last = steady.events[-1]["offset"]
        third = await watch(ada, start["epoch"], second[-1]["offset"], offset=last)

    pieced = [*first, *second, *third]
    offsets = [one["offset"] for one in pieced]
    assert offsets == sorted(set(offsets))
    assert told(pieced) == told(steady.events)
    for events in (pieced, steady.events):
        previous = [start["offset"], *(one["offset"] for one in events)]
        assert [one["prev"] for one in events] == previous[:-1]
    assert len({one["id"] for one in pieced}) == len(pieced)


async def test_an_offset_of_another_life_is_a_reset(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada, ada.tab() as tab:
        await tab.resume("another epoch", tab.hello["offset"])

        reset = await tab.next()

        assert reset["type"] == "reset"
        assert reset["reason"]


async def upload_all(ada: Student) -> set[str]:
    """Upload twenty documents, one after the other."""
    documents: set[str] = set()
    for number in range(DOCUMENTS):
        content = markdown() + f"\n\nThis is number {number}.".encode()
        documents.add((await ada.upload(f"course-{number}.md", content))["id"])
    return documents


async def watch(
    ada: Student, epoch: str, after: int, *, events: int | None = None, offset: int | None = None
) -> list[Json]:
    """Resume in a new tab, take so many events or up to an offset, and drop the line."""
    async with ada.tab() as tab:
        await tab.resume(epoch, after)
        async with asyncio.timeout(120):
            while not tab.events or not (
                len(tab.events) == events or tab.events[-1]["offset"] == offset
            ):
                await tab.next()
        tab.socket.transport.abort()
        return tab.events


async def until_all_are_told(tab: Tab, documents: set[str]) -> None:
    """Take events until each document was told to be ready, and each notification."""
    async with asyncio.timeout(240):
        while documents - {one["document_id"] for one in tab.named("document.ready")} or (
            len(tab.named("notification.created")) < len(documents)
        ):
            await tab.next()


def told(events: list[Json]) -> list[tuple[int, str, str]]:
    """What a client would show: offset, id and name."""
    return [(one["offset"], one["id"], one["name"]) for one in events]
