"""Story 3: nothing of one person is visible to another, in any route, search, count or socket."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.e2e.files import markdown
from tests.e2e.student import Json, Student, student
from tests.mesh import RunningMesh
from tests.waiting import until_found

CANARY = "zanzibarite"
OPERATORS = "/api/v1/admin/"
SECRET = f"\n\n# Geology\n\nThe rare mineral {CANARY} is a crystal that glows in the dark."
BODIES: dict[str, Any] = {
    "patch /api/v1/collections/{collection_id}": {"name": "mine now"},
    "patch /api/v1/documents/{document_id}": {"title": "mine now"},
    "post /api/v1/documents/{document_id}/links": {"expires_in": 60},
    "put /api/v1/attempts/{attempt_id}/answers/{question_id}": {"response": "a"},
}


@dataclass
class Two:
    """Ada has a document, a quiz, an attempt and notifications; Bob has nothing but curiosity."""

    ada: Student
    bob: Student
    ids: dict[str, str]


async def _told(person: Student) -> Json:
    """Wait until what happened has been told: that follows shortly after it happened."""

    async def is_told() -> bool:
        return bool((await person.get("/api/v1/notifications"))["items"])

    await until_found(is_told)
    told: Json = await person.get("/api/v1/notifications")
    return told


async def _more(ada: Student, document_id: str) -> dict[str, str]:
    """Name what else she has, and what only operators see."""
    link = await ada.http.post(f"/api/v1/documents/{document_id}/links", json={"expires_in": 600})
    announced = {"filename": "big.pdf", "size": 99_000_000, "media_type": "application/pdf"}
    upload = await ada.http.post("/api/v1/uploads", json=announced)
    collection = await ada.http.post("/api/v1/collections", json={"name": CANARY})
    return {
        "collection_id": collection.json()["id"],
        "letter_id": document_id,
        "link_id": link.json().get("id", document_id),
        "upload_id": upload.json()["id"],
        "number": "1",
    }


@pytest.fixture
async def two(mesh: RunningMesh) -> AsyncGenerator[Two]:
    async with student(mesh.address, "Ada") as ada, student(mesh.address, "Bob") as bob:
        document = await ada.read("secret.md", markdown() + SECRET.encode(), title=CANARY)
        quiz = await ada.quiz(document["id"], 3)
        attempt = (await ada.http.post(f"/api/v1/quizzes/{quiz['id']}/attempts")).json()
        told = await _told(ada)
        ids = {
            "document_id": document["id"],
            "quiz_id": quiz["id"],
            "attempt_id": attempt["id"],
            "question_id": quiz["questions"][0]["id"],
            "notification_id": told["items"][0]["id"],
            **await _more(ada, document["id"]),
        }
        yield Two(ada, bob, ids)


async def test_every_route_with_an_id_of_hers_is_404_to_him(two: Two) -> None:
    routes = routes_with_ids(await two.bob.get("/openapi.json"))
    assert len(routes) >= 15

    for method, template in routes:
        body = BODIES.get(f"{method} {template}")
        answer = await two.bob.http.request(method, template.format(**two.ids), json=body)
        expected = 403 if template.startswith(OPERATORS) else 404
        assert (method, template, answer.status_code) == (method, template, expected)
        assert CANARY not in answer.text

    assert (await two.ada.get(f"/api/v1/documents/{two.ids['document_id']}"))["title"] == CANARY
    assert (await two.ada.get("/api/v1/notifications"))["unread"] == 2


async def test_no_list_count_or_search_of_his_knows_of_hers(two: Two) -> None:
    for route in ("/api/v1/documents", "/api/v1/quizzes", "/api/v1/notifications"):
        page = await two.bob.get(route)
        assert page["items"] == []
    assert (await two.bob.get("/api/v1/notifications"))["unread"] == 0
    assert (await two.bob.get("/api/v1/documents", q=CANARY))["items"] == []

    for mode in ("hybrid", "text", "semantic"):
        for query in ({}, {"document_id": two.ids["document_id"]}):
            found = await two.bob.search(f"a mineral called {CANARY}", mode=mode, **query)
            assert (found["total"], found["results"]) == (0, [])
            assert CANARY not in json.dumps(found["results"])
        hers = await two.ada.search(f"a mineral called {CANARY}", mode=mode)
        assert CANARY in hers["results"][0]["text"]


async def test_he_gets_no_quiz_from_her_document(two: Two) -> None:
    body = {"document_ids": [two.ids["document_id"]], "count": 2}

    answer = await two.bob.http.post("/api/v1/quizzes", json=body)

    assert answer.status_code == 404


async def test_his_socket_tells_of_his_own_only(two: Two) -> None:
    async with two.bob.tab() as his, two.ada.tab() as hers:
        await his.resume(his.hello["epoch"], 0)
        await hers.resume()
        document = await two.ada.upload("more.md", markdown() + SECRET.encode())
        await hers.until("notification.created", type="document.ready")
        own = await two.bob.upload("mine.txt", b"Bob studies volcanoes. A volcano erupts.")
        await his.until("document.ready", document_id=own["id"])

        assert CANARY not in json.dumps(his.events)
        assert all(one["data"].get("document_id") != document["id"] for one in his.events)


async def test_without_a_token_nothing_is_told_at_all(two: Two, mesh: RunningMesh) -> None:
    async with httpx.AsyncClient(base_url=mesh.address) as http:
        answers = await asyncio.gather(
            *(http.get(f"/api/v1/documents/{two.ids['document_id']}{rest}") for rest in PARTS)
        )

    assert {answer.status_code for answer in answers} == {401}


PARTS = ("", "/content", "/text", "/events")


def routes_with_ids(openapi: Json) -> list[tuple[str, str]]:
    """Every route that names something by id; what deletes comes last. Links are for anybody."""
    routes = [
        (method, template)
        for template, methods in openapi["paths"].items()
        if "{" in template and "{token}" not in template
        for method in methods
    ]
    return sorted(routes, key=lambda route: (route[0] == "delete", route))
