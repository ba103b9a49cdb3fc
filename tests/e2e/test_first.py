"""Somebody with much to wait for says what they want to read first."""

from http import HTTPStatus
from typing import Final
from uuid import uuid4

from tests.e2e.learner import Learner, learner
from tests.mesh import RunningMesh
from tests.waiting import until_found

MANY: Final = 9


def _chronicle(number: int) -> bytes:
    days = (f"On day {day} of year {number} the tide rose {day} inches." for day in range(250))
    return f"# Year {number}\n\n".encode() + "\n\n".join(days).encode()


async def _statuses(person: Learner) -> dict[str, str]:
    return {one["id"]: one["status"] async for one in person.everything("/documents")}


async def test_what_is_put_first_is_ready_before_what_came_before_it(mesh: RunningMesh) -> None:
    async with learner(mesh.address) as person, learner(mesh.address) as stranger:
        waiting = [(await person.upload(f"{n}.md", _chronicle(n)))["id"] for n in range(MANY)]
        wanted = waiting[-1]

        answer = await person.http.post(f"/documents/{wanted}/first")
        statuses: dict[str, str] = {}

        async def is_ready() -> bool:
            statuses.update(await _statuses(person))
            return statuses[wanted] == "ready"

        await until_found(is_ready, within=60)
        ready = [one for one in waiting if statuses[one] == "ready"]

        assert answer.status_code == HTTPStatus.ACCEPTED, answer.text
        assert len(ready) < MANY - 2, "others that came before it still wait"
        again = await person.http.post(f"/documents/{wanted}/first")
        assert (again.status_code, again.json()["type"].rsplit("/", 1)[-1]) == (
            HTTPStatus.CONFLICT,
            "document-not-waiting",
        )
        for id_ in (waiting[0], str(uuid4())):
            foreign = await stranger.http.post(f"/documents/{id_}/first")
            assert foreign.status_code == HTTPStatus.NOT_FOUND
        history = await person.get(f"/documents/{wanted}/events")
        assert "document.advanced" in {one["type"] for one in history["items"]}
        for document in waiting:
            await person.http.delete(f"/documents/{document}")
