"""A semester at once does not hold up anybody else."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from tests.e2e.student import Json, Student, student
from tests.mesh import RunningMesh
from tests.waiting import until_found

CROWD = int(os.environ.get("CROWD", "100"))
_AT_ONCE = 4
_PAGE = 100


def _note(number: int) -> bytes:
    return f"# Note {number}\n\nOn day {number} the tide rose by {number} inches.".encode()


async def _upload_all(ada: Student) -> list[Json]:
    uploaded: list[Json] = []

    async def upload(numbers: Iterator[int]) -> None:
        uploaded.extend([await ada.upload(f"{number}.md", _note(number)) for number in numbers])

    numbers = iter(range(CROWD))
    await asyncio.gather(*(upload(numbers) for _ in range(_AT_ONCE)))
    return uploaded


async def _ready(ada: Student) -> set[str]:
    """Name what can be searched, page by page."""
    found, more = set[str](), dict[str, str]()
    while True:
        page = await ada.get("/api/v1/documents", status="ready", limit=_PAGE, **more)
        found |= {document["id"] for document in page["items"]}
        if page["next_cursor"] is None:
            return found
        more = {"cursor": page["next_cursor"]}


async def _until_all_are_ready(ada: Student, uploaded: list[Json]) -> None:
    """Wait for the last, who has most before it, and then for whoever it overtook."""

    async def is_all() -> bool:
        return await _ready(ada) == {document["id"] for document in uploaded}

    last = await ada.until_final(uploaded[-1]["id"])
    assert last["status"] == "ready", last
    await until_found(is_all, within=60)


@pytest.mark.timeout(120 + CROWD)
async def test_one_document_is_ready_long_before_anothers_hundreds(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada, student(mesh.address, "Bob") as bob:
        uploaded = await _upload_all(ada)
        before = len(await _ready(ada))

        await bob.read("only.md", b"# Moon\n\nThe moon pulls the sea after it.")
        meanwhile = len(await _ready(ada)) - before

        assert len(uploaded) == CROWD
        assert before < CROWD * 2 / 3, "the mesh was too quick for this test to say anything"
        assert meanwhile < (CROWD - before) / 2
        await _until_all_are_ready(ada, uploaded)
        for document in uploaded:
            await ada.http.delete(f"/api/v1/documents/{document['id']}")
