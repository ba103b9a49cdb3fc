"""Stories 5 and 6: bad files do no harm, and what is deleted is gone everywhere."""

import asyncio
from typing import Any

import pytest

from tests.e2e.course import CHAPTERS, WANTED
from tests.e2e.files import BAD, markdown, pdf
from tests.e2e.student import Student, student
from tests.mesh import RunningMesh
from tests.waiting import until_found


async def test_bad_files_fail_with_their_codes_and_the_next_good_one_passes(
    mesh: RunningMesh,
) -> None:
    async with student(mesh.address) as ada:
        for why, (name, make, codes) in BAD.items():
            document = await ada.until_final((await ada.upload(name, make()))["id"])

            assert (why, document["status"]) == (why, "failed")
            assert document["error"]["code"] in codes, (why, document["error"])
            assert document["error"]["detail"]
            text = await ada.http.get(f"/api/v1/documents/{document['id']}/text")
            assert text.status_code in {404, 409}

        await until_found(lambda: _is_well(ada))
        await until_found(lambda: _is_told(ada, ["document.failed"] * len(BAD)))
        await ada.read("good.pdf", pdf(CHAPTERS[:2]))


async def _is_well(person: Student) -> bool:
    """A busy machine may say too late that it is there, and is asked again."""
    return bool((await person.get("/api/health"))["status"] == "healthy")


async def _is_told(person: Student, types: list[str]) -> bool:
    told = await person.get("/api/v1/notifications")
    return [one["type"] for one in told["items"]] == types


@pytest.mark.parametrize("form", ["no file", "two files", "no form"])
async def test_an_upload_without_one_file_is_refused(mesh: RunningMesh, form: str) -> None:
    sent: dict[str, dict[str, Any]] = {
        "no file": {"files": {"title": (None, "x")}},
        "two files": {"files": [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]},
        "no form": {"json": {}},
    }
    async with student(mesh.address) as ada:
        answer = await ada.http.post("/api/v1/documents", **sent[form])

        assert answer.status_code == (415 if form == "no form" else 422)
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await ada.get("/api/v1/documents"))["items"] == []


async def test_a_deleted_document_is_gone_from_everywhere(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada:
        kept = await ada.read("kept.md", markdown(CHAPTERS[:3]))
        document = await ada.read("course.pdf", pdf(), title="To be forgotten")
        quiz = await ada.quiz(document["id"], 4)
        attempt = (await ada.http.post(f"/api/v1/quizzes/{quiz['id']}/attempts")).json()
        finished = (await ada.http.post(f"/api/v1/attempts/{attempt['id']}/finish")).json()
        route = f"/api/v1/documents/{document['id']}"

        assert (await ada.http.delete(route)).status_code == 204

        for rest in ("", "/content", "/text", "/events"):
            assert (await ada.http.get(route + rest)).status_code == 404
        assert [one["id"] for one in (await ada.get("/api/v1/documents"))["items"]] == [kept["id"]]
        async with asyncio.timeout(1.0):
            while await finds(ada, document["id"]):
                await ada.wait_a_moment()
        async with asyncio.timeout(60):
            while not await traces_are_gone(ada, quiz["id"], document["id"]):
                await ada.wait_a_moment()
        again = await ada.get(f"/api/v1/attempts/{attempt['id']}")
        assert (again["score"], again["max_score"]) == (finished["score"], finished["max_score"])


async def finds(ada: Student, document_id: str) -> bool:
    """Say whether any search still returns something of a document."""
    for mode in ("hybrid", "text", "semantic"):
        for query in (WANTED[0].word, WANTED[0].paraphrase):
            found = await ada.search(query, mode=mode)
            if any(one["document_id"] == document_id for one in found["results"]):
                return True
    return False


async def traces_are_gone(ada: Student, quiz_id: str, document_id: str) -> bool:
    """Say whether questions are emptied and notifications are gone."""
    quiz = await ada.get(f"/api/v1/quizzes/{quiz_id}")
    emptied = all(
        one["withdrawn"] and one["stem"] == "" and one["source"] is None
        for one in quiz["questions"]
    )
    told = await ada.get("/api/v1/notifications")
    return emptied and all(one["document_id"] != document_id for one in told["items"])
