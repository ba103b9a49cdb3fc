"""The story of an operator who builds what is searched anew, and of those who search meanwhile."""

import asyncio
import sys

from tests.e2e.student import Student, student
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

        rebuilding = await _mesh(mesh, "search", "rebuild")
        during = await _answers(ada)
        for name in ("search", "indexing"):
            was = mesh.process(name)
            mesh.kill(name)
            mesh.wait_until_back(name, was)
        said, _ = await rebuilding.communicate()
        assert (rebuilding.returncode, b"is done" in said) == (0, True), said
        done = await _mesh(mesh, "search", "rebuild")
        told, _ = await done.communicate()

        assert during == before
        assert await _answers(ada) == before
        assert (done.returncode, b"is done" in told) == (0, True), told

        quiz = await _mesh(mesh, "quiz", "rebuild")
        told, _ = await quiz.communicate()
        assert (quiz.returncode, b"is done" in told) == (0, True), told


async def _answers(ada: Student) -> Answers:
    found: Answers = []
    for mode in ("hybrid", "text", "semantic"):
        for asked in ASKED:
            answer = await ada.search(asked, mode=mode)
            hits = [(one["passage_id"], round(one["score"], 4)) for one in answer["results"]]
            found.append((mode, asked, answer["mode"], answer["total"], hits))
    return found


async def _mesh(mesh: RunningMesh, *words: str) -> asyncio.subprocess.Process:
    environment = supervisor(mesh.home, mesh.base).environment
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.mesh", *words),
        cwd=ROOT,
        env=dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
