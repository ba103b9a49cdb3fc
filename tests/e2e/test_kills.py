"""Whatever is killed while documents are on their way: all arrive, and everything counts once."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from typing import Final

import pytest

from tests.e2e.learner import Json, Learner, Mark, learner
from tests.mesh import RunningMesh
from tests.waiting import until, until_found

DOCUMENTS: Final = 50
SECTIONS: Final = 40
AT_ONCE: Final = 5
SENTENCE: Final = (
    "In this {place} the lighthouse keeper wrote down wind, tide and every ship that passed,"
    " and his log of that year is the only one that did not burn with the old harbour office."
)


@pytest.fixture
async def person(mesh: RunningMesh) -> AsyncGenerator[Learner]:
    async with learner(mesh.address) as somebody:
        yield somebody


@pytest.mark.timeout(900)
async def test_all_end_ready_once_while_everything_is_killed_in_turn(
    mesh: RunningMesh, person: Learner
) -> None:
    shape = await _undisturbed(person)
    before = await person.now()

    sending = asyncio.create_task(_send_all(person))
    killed_in_time = await _kill_each(mesh, person)
    sent = await sending
    await until_found(lambda: _all_are_ready(person), within=400)
    await until_found(lambda: _all_are_told(person), within=60)

    assert killed_in_time == set(mesh.names())
    assert len(sent) == DOCUMENTS
    await _expect_one_document_each(person, sent)
    await _expect_one_notification_each(person, sent)
    await _expect_one_frame_each(person, sent, before)
    for document_id in sent:
        assert await _shape(person, document_id) == shape


def _text(number: int) -> bytes:
    sections = (
        f"## Chapter {section}\n\n{SENTENCE.format(place=f'harbour {number:02} {section:02}')}\n\n"
        for section in range(SECTIONS)
    )
    return f"# Log {number}\n\n{''.join(sections)}".encode()


async def _undisturbed(person: Learner) -> Json:
    """Learn from a document that nothing happened to how many passages there are."""
    document_id = (await person.upload("log.md", _text(0)))["id"]
    await until_found(lambda: _all_are_ready(person, 1), within=60)
    return await _shape(person, document_id)


async def _send_all(person: Learner) -> set[str]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def send(number: int) -> str:
        async with slots:
            document = await person.upload(f"log-{number}.md", _text(number))
            return str(document["id"])

    return set(await asyncio.gather(*(send(number) for number in range(1, DOCUMENTS + 1))))


async def _kill_each(mesh: RunningMesh, person: Learner) -> set[str]:
    """Kill one after the other; tell which were killed while documents were on their way."""
    in_time = set()
    await until_found(lambda: _some_are_there(person), within=60)
    for name in mesh.names():
        before = mesh.process(name)
        if not await _all_are_ready(person):
            in_time.add(name)
        mesh.kill(name)
        await until(lambda: mesh.is_back(name, before), within=60)  # noqa: B023  # waited for here
    return in_time


async def _some_are_there(person: Learner) -> bool:
    return len([one async for one in person.everything("/documents")]) > 1


async def _all_are_ready(person: Learner, expected: int = DOCUMENTS + 1) -> bool:
    states = Counter([one["status"] async for one in person.everything("/documents")])
    assert not states["failed"], states
    return states["ready"] >= expected


async def _expect_one_document_each(person: Learner, sent: set[str]) -> None:
    names = Counter([one["filename"] async for one in person.everything("/documents")])

    assert len(names) == sum(names.values()) == len(sent) + 1


async def _expect_one_notification_each(person: Learner, sent: set[str]) -> None:
    told = await _told(person)

    assert {key: count for key, count in told.items() if key[0] in sent} == {
        (document_id, "document.ready"): 1 for document_id in sent
    }


async def _all_are_told(person: Learner) -> bool:
    return (await _told(person)).total() > DOCUMENTS


async def _told(person: Learner) -> Counter[tuple[str, str]]:
    return Counter(
        [(one["document_id"], one["type"]) async for one in person.everything("/notifications")]
    )


async def _expect_one_frame_each(person: Learner, sent: set[str], before: Mark) -> None:
    """A tab that was away all the time hears of each outcome once, in an unbroken chain."""
    frames = await person.missed_since(before)
    outcomes = Counter(
        (one["data"]["document_id"], one["name"])
        for one in frames
        if one["name"] in {"document.ready", "document.failed", "document.uploaded"}
    )

    assert outcomes == {
        (document_id, name): 1
        for document_id in sent
        for name in ("document.ready", "document.uploaded")
    }
    assert [one["prev"] for one in frames[1:]] == [one["offset"] for one in frames[:-1]]


async def _shape(person: Learner, document_id: str) -> Json:
    """Count a document's passages in both indexes, each by its own id and span."""
    shape: Json = {}
    for mode in ("text", "semantic"):
        found = await person.get(
            "/search", q="lighthouse keeper", mode=mode, document_id=document_id, limit=50
        )
        results = found["results"]
        assert not found["degraded"]
        shape[mode] = (
            found["total"],
            len({one["passage_id"] for one in results}),
            len({(one["start"], one["end"]) for one in results}),
        )
    return shape
