"""The story of an operator who rebuilds what is searched, and of those who search meanwhile."""

import asyncio
import sys

import pytest

from tests.e2e.student import PATIENCE, Json, Student, student
from tests.integration.shared.service_process import ROOT
from tests.mesh import RunningMesh, supervisor

FILES = 6
ASKED = ("photosynthesis ", "light and sugar ", "number 3 ", '"green leaves" ', "stones -light")

Answers = dict[tuple[str, str, str, int], list[tuple[str, float]]]


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
        _assert_same(await _answers(ada), before)

        assert b"is done" in await _mesh(mesh, "search", "rebuild")
        _assert_same(await _answers(ada), before)

        assert b"is done" in await _mesh(mesh, "quiz", "rebuild")


def _assert_same(now: Answers, before: Answers) -> None:
    """Hold scores to a hair: others' passages move them by their mean length (decision 73)."""
    assert now.keys() == before.keys()
    for told, hits in now.items():
        assert [hit for hit, _ in hits] == [hit for hit, _ in before[told]], told
        scores = [score for _, score in before[told]]
        assert [score for _, score in hits] == pytest.approx(scores, abs=0.01), told


async def _answers(ada: Student) -> Answers:
    found: Answers = {}
    for mode in ("hybrid", "text", "semantic"):
        for asked in ASKED:
            answer = await _whole(ada, asked, mode)
            told = (mode, asked, answer["mode"], answer["total"])
            found[told] = [(one["passage_id"], one["score"]) for one in answer["results"]]
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
