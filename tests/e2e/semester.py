"""What one person has after a semester, and everything that the mesh answers about it."""

import asyncio
import json
from typing import Final
from urllib.parse import urlsplit

from tests.e2e import files
from tests.e2e.student import PATIENCE, Json, Student

ASKED: Final = ("photosynthesis", "light and sugar", "lava", '"focal length"')
_LISTS: Final = (
    "/api/v1/me",
    "/api/v1/documents?limit=100",
    "/api/v1/collections",
    "/api/v1/quizzes",
    "/api/v1/notifications?limit=100",
    "/api/v1/notifications/preferences",
)


Found = dict[tuple[str, str], set[str]]


async def live_through(ada: Student) -> str:
    """Live through it, and tell the path of a link that anybody may follow.

    Bring files of many formats, shelve, share, take a quiz, and throw one file away.
    """
    shelf = (await ada.http.post("/api/v1/collections", json={"name": "Physics"})).json()
    brought = [
        await ada.upload(name, content)
        for name, content in (
            ("course.pdf", files.pdf()),
            ("course.docx", files.word()),
            ("course.html", files.html()),
            ("course.md", files.markdown()),
            ("course.txt", files.plain()),
            ("broken.pdf", b"%PDF-1.7 and then nothing"),
        )
    ]
    done = [await ada.until_final(one["id"]) for one in brought]
    assert [one["status"] for one in done] == ["ready"] * 5 + ["failed"]
    first, second, *_ = done
    edited = {"title": "Optics", "tags": ["light"], "collection_id": shelf["id"]}
    route = f"/api/v1/documents/{first['id']}"
    (await ada.http.patch(route, json=edited)).raise_for_status()
    link = await ada.http.post(f"{route}/links", json={"expires_in": 86_400})
    (await ada.http.delete(f"/api/v1/documents/{second['id']}")).raise_for_status()
    await _take(ada, await ada.quiz(first["id"], 3))
    (await ada.http.post("/api/v1/notifications/read-all")).raise_for_status()
    await ada.read("late.md", b"# Late\n\nThe last lecture was about lava and volcanoes.\n")
    return urlsplit(str(link.raise_for_status().json()["url"])).path


async def answers(ada: Student) -> Json:
    """Ask everything there is to ask, and leave out where the mesh is."""
    told: Json = {route: await ada.get(route) for route in _LISTS}
    for document in told[_LISTS[1]]["items"]:
        route = f"/api/v1/documents/{document['id']}"
        told[f"{route}/events"] = await ada.get(f"{route}/events")
        told[f"{route}/links"] = await ada.get(f"{route}/links")
        content = await ada.http.get(f"{route}/content", follow_redirects=True)
        told[f"{route}/content"] = (content.status_code, content.content.hex())
    for quiz in told["/api/v1/quizzes"]["items"]:
        route = f"/api/v1/quizzes/{quiz['id']}"
        told[route] = await ada.get(route)
        told[f"{route}/attempts"] = await ada.get(f"{route}/attempts")
    host = urlsplit(str(ada.http.base_url)).netloc
    plain: Json = json.loads(json.dumps(told).replace(host, "mesh"))
    return plain


async def found(ada: Student) -> Found:
    """Search in every way, once both indexes are there; scores move with what others have."""
    return {
        (mode, asked): {one["passage_id"] for one in (await _whole(ada, asked, mode))["results"]}
        for mode in ("hybrid", "text", "semantic")
        for asked in ASKED
    }


async def _whole(ada: Student, asked: str, mode: str) -> Json:
    """Ask until both legs answer in full; while they are rebuilt they may not answer at all."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await ada.http.get("/api/v1/search", params={"q": asked, "mode": mode})
            told: Json = answer.json()
            if answer.is_success and told["total"] and not told["degraded"]:
                return told
            await ada.wait_a_moment()


async def _take(ada: Student, quiz: Json) -> None:
    """Answer every question in the same way, and be graded."""
    begun = await ada.http.post(f"/api/v1/quizzes/{quiz['id']}/attempts")
    attempt: Json = begun.raise_for_status().json()
    for question in quiz["questions"]:
        route = f"/api/v1/attempts/{attempt['id']}/answers/{question['id']}"
        (await ada.http.put(route, json={"response": _response(question)})).raise_for_status()
    (await ada.http.post(f"/api/v1/attempts/{attempt['id']}/finish")).raise_for_status()


def _response(question: Json) -> str:
    return str(question["options"][0]["id"]) if question.get("options") else "light"
