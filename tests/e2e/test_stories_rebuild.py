"""The story of an operator who builds what is searched anew, and of those who search meanwhile."""

import asyncio
import sys

from tests.e2e.student import PATIENCE, Json, Student, student
from tests.integration.storage.house import ROOT
from tests.mesh import RunningMesh, supervisor

FILES = 6
ASKED = ("photosynthesis ", "light and sugar ", "number 3 ", '"green leaves" ', "stones -light")

Answers = list[object]


async def test_searches_answer_the_same_before_during_and_after_a_rebuild(
    mesh: RunningMesh,
) -> None:
    async with student(mesh.address) as ada:
        for number in range(FILES):
            text = (
                f"# Lesson {number}\n\nPhotosynthesis number {number} turns light into sugar.\n\n"
                f"## Leaves\n\nGreen leaves of plant {number} hold stones of light.\n"
            )
            document = await ada.upload(f"lesson-{number}.md", text.encode())
            await ada.until_final(document["id"])
        before = await _answers(ada)

        assert b"taken in" in await _mesh(mesh, "search", "rebuild", "--no-wait")
        killed = {name: mesh.process(name) for name in ("search", "indexing")}
        for name in killed:
            mesh.kill(name)
        for name, was in killed.items():
            mesh.wait_until_back(name, was)
        assert await _answers(ada) == before

        assert b"is done" in await _mesh(mesh, "search", "rebuild")
        assert await _answers(ada) == before

        assert b"is done" in await _mesh(mesh, "quiz", "rebuild")


async def _answers(ada: Student) -> Answers:
    found: Answers = []
    for mode in ("hybrid", "text", "semantic"):
        for asked in ASKED:
            answer = await _whole(ada, asked, mode)
            hits = [(one["passage_id"], round(one["score"], 4)) for one in answer["results"]]
            found.append((mode, asked, answer["mode"], answer["total"], hits))
    return found


async def _whole(ada: Student, asked: str, mode: str) -> Json:
    """Search until both legs answer: after a kill the model has to be loaded first."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await ada.search(asked, mode=mode)
            if not answer["degraded"]:
                return answer
            await ada.wait_a_moment()


async def _mesh(mesh: RunningMesh, *words: str) -> bytes:
    """Run the operators' command to its end, which must be a good one."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.mesh", *words),
        cwd=ROOT,
        env=dict(supervisor(mesh.home, mesh.base).environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, told
    return told
