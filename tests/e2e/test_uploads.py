"""Uploads that are repeated, raced and broken off: one document, or none."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from tests.e2e.course import CHAPTERS
from tests.e2e.files import markdown
from tests.e2e.student import Student, student
from tests.mesh import RunningMesh
from tests.waiting import until


async def send(ada: Student, key: str, content: bytes, **fields: str) -> httpx.Response:
    return await ada.http.post(
        "/api/v1/documents",
        files={"file": ("course.md", content)},
        data=fields,
        headers={"Idempotency-Key": key},
    )


async def send_until_done(ada: Student, key: str, content: bytes) -> str:
    """Send it again, as long as the mesh says that another sending still runs or is away."""
    async with asyncio.timeout(90):
        while True:
            try:
                answer = await send(ada, key, content)
            except httpx.TransportError:
                await ada.wait_a_moment()
                continue
            if answer.status_code == 202:
                return str(answer.json()["id"])
            assert answer.status_code in {409, 503}, answer.text
            assert int(answer.headers["retry-after"]) >= 1
            await ada.wait_a_moment()


async def ids(ada: Student) -> list[str]:
    return [one["id"] for one in (await ada.get("/api/v1/documents"))["items"]]


class TestRepeated:
    async def test_the_same_key_and_bytes_answer_the_first_document(self, ada: Student) -> None:
        key, content = str(uuid4()), markdown(CHAPTERS[:1])

        first = await send(ada, key, content, title="One")
        again = await send(ada, key, content, title="One")

        assert (first.status_code, again.status_code) == (202, 202)
        assert first.json()["id"] == again.json()["id"]
        assert await ids(ada) == [first.json()["id"]]

    async def test_the_same_key_with_anything_else_is_refused(self, ada: Student) -> None:
        key, content = str(uuid4()), markdown(CHAPTERS[:1])
        await send(ada, key, content, title="One")

        for answer in (
            await send(ada, key, content + b".", title="One"),
            await send(ada, key, content, title="Two"),
        ):
            assert answer.status_code == 422
            assert answer.json()["type"].endswith("/idempotency-key-reused")

    async def test_a_key_belongs_to_its_person(self, ada: Student, mesh: RunningMesh) -> None:
        key, content = str(uuid4()), markdown(CHAPTERS[:1])
        async with student(mesh.address, "Bob") as bob:
            hers, his = await send(ada, key, content), await send(bob, key, b"Bob's own.")

        assert (hers.status_code, his.status_code) == (202, 202)
        assert hers.json()["id"] != his.json()["id"]

    async def test_many_at_once_make_one_document(self, ada: Student) -> None:
        key, content = str(uuid4()), markdown()

        made = await asyncio.gather(*(send_until_done(ada, key, content) for _ in range(5)))

        assert len(set(made)) == 1
        assert await ids(ada) == [made[0]]

    async def test_a_quiz_and_an_attempt_are_made_once_under_a_key(self, ada: Student) -> None:
        document = await ada.read("course.md", markdown(CHAPTERS[:6]))
        asked = {"document_ids": [document["id"]], "count": 2}
        key = {"Idempotency-Key": str(uuid4())}

        quizzes = [
            await ada.http.post("/api/v1/quizzes", json=asked, headers=key) for _ in range(2)
        ]
        other = await ada.http.post("/api/v1/quizzes", json=asked | {"count": 3}, headers=key)

        assert [one.status_code for one in quizzes] == [202, 202]
        assert quizzes[0].json()["id"] == quizzes[1].json()["id"]
        assert other.status_code == 422


class TestBrokenOff:
    async def test_after_the_gateway_was_killed_in_the_middle_the_repetition_makes_one(
        self, ada: Student, mesh: RunningMesh
    ) -> None:
        key, content = str(uuid4()), markdown()
        before = mesh.process("gateway")
        begun = asyncio.Event()

        async def half() -> AsyncIterator[bytes]:
            head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="course.md"\r\n'
            yield head + b"\r\n" + content[:1_000]
            begun.set()
            await asyncio.Event().wait()

        headers = {
            "Idempotency-Key": key,
            "Content-Type": "multipart/form-data; boundary=b",
        }
        sending = asyncio.create_task(
            ada.http.post("/api/v1/documents", content=half(), headers=headers)
        )
        await begun.wait()
        mesh.kill("gateway")
        sending.cancel()
        await until(lambda: mesh.is_back("gateway", before), within=60)

        made = await send_until_done(ada, key, content)

        assert await ids(ada) == [made]
        assert (await ada.until_final(made))["status"] == "ready"

    async def test_who_hangs_up_leaves_no_document(self, ada: Student) -> None:
        async def half() -> AsyncIterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\nx'
            await asyncio.Event().wait()

        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await ada.http.post("/api/v1/documents", content=half(), headers=headers)

        assert await ids(ada) == []
