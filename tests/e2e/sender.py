"""Somebody who sends files to the object store directly."""

import httpx

from tests.e2e.student import Json, Student


async def begin(ada: Student, size: int, key: str | None = None, **more: object) -> Json:
    body = {"filename": "course.txt", "size": size, "media_type": "text/plain", **more}
    headers = {"Idempotency-Key": key} if key else {}
    answer = await ada.http.post("/api/v1/uploads", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    begun: Json = answer.json()
    return begun


async def send_part(
    ada: Student, store: httpx.AsyncClient, upload: Json, number: int, content: bytes
) -> int:
    route = f"/api/v1/uploads/{upload['id']}/parts/{number}"
    ticket = (await ada.http.post(route)).raise_for_status().json()
    answer = await store.request(
        ticket["method"], ticket["url"], headers=ticket["headers"], content=content
    )
    return answer.status_code


async def complete(ada: Student, upload: Json) -> httpx.Response:
    return await ada.http.post(f"/api/v1/uploads/{upload['id']}/complete")


async def parts_of(ada: Student, upload: Json) -> dict[int, int]:
    return {
        part["n"]: part["size"]
        for part in (await ada.get(f"/api/v1/uploads/{upload['id']}"))["parts"]
    }
