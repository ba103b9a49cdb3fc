"""A search goes on while half of it is away, says so, and is whole again by itself."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from uuid import uuid4

from tests.e2e.learner import Json, Learner, learner
from tests.mesh import RunningMesh
from tests.waiting import until_found

SEARCH = "search"


@contextmanager
def frozen(mesh: RunningMesh, name: str) -> Generator[None]:
    """Hold one process still, as a machine out of breath does."""
    pid = mesh.process(name).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def _ask(person: Learner) -> Json:
    """Ask what nobody asked before: of old questions the meaning is remembered."""
    return await person.get("/search", q=f"the keeper {uuid4().hex[:6]} lighthouse")


async def _health(person: Learner) -> Json:
    services: Json = (await person.http.get(f"{person.address}/api/health")).json()["services"]
    return services


async def test_without_meanings_words_answer_until_they_are_back(mesh: RunningMesh) -> None:
    async with learner(mesh.address) as person:
        made = await person.upload("log.md", b"# Log\n\nThe keeper of the lighthouse slept.")

        async def is_ready() -> bool:
            seen = await person.get(f"/documents/{made['id']}")
            return bool(seen["status"] == "ready")

        async def is_whole() -> bool:
            answer = await _ask(person)
            return bool(answer["results"]) and not answer["degraded"]

        await until_found(is_ready, within=90)
        await until_found(is_whole)

        with frozen(mesh, "indexing"):
            answers = [await _ask(person) for _ in range(4)]
            during = await _health(person)

        async def is_well() -> bool:
            return bool((await _health(person))[SEARCH]["status"] == "healthy")

        await until_found(is_well, within=60)  # though nobody searches
        await until_found(is_whole, within=60)
        assert {(one["mode"], one["degraded"], len(one["results"])) for one in answers} == {
            ("text", True, 1)
        }
        assert during[SEARCH]["status"] == "degraded"
        assert during[SEARCH]["breakers"]["search-semantic"] != "closed"
        await person.http.delete(f"/documents/{made['id']}")
