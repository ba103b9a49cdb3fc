"""How direct uploads end: once, whoever races; given up; or not even begun."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import uuid4

import httpx
import pytest

from tests.e2e.course import CHAPTERS
from tests.e2e.files import plain
from tests.e2e.scans import Scan
from tests.e2e.sender import begin, complete
from tests.e2e.student import Json, Student, student
from tests.mesh import RunningMesh

TEXT = plain(CHAPTERS)
SCAN = Scan(17)


@pytest.fixture
async def bob(mesh: RunningMesh) -> AsyncGenerator[Student]:
    async with student(mesh.address, "Bob") as bob:
        yield bob


class TestRaces:
    async def test_many_completions_make_one_document(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        upload = await begin(ada, len(TEXT))
        (await store.put(upload["url"], content=TEXT)).raise_for_status()

        answers = await asyncio.gather(*(complete(ada, upload) for _ in range(8)))

        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert len((await ada.get("/api/v1/documents"))["items"]) == 1

    async def test_completed_or_aborted_never_both(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        for _ in range(5):
            upload = await begin(ada, len(TEXT))
            (await store.put(upload["url"], content=TEXT)).raise_for_status()
            route = f"/api/v1/uploads/{upload['id']}"

            made, aborted = await asyncio.gather(complete(ada, upload), ada.http.delete(route))

            assert (made.status_code, aborted.status_code) in {(202, 409), (404, 204)}
            if made.is_success:
                assert (await ada.until_final(made.json()["id"]))["status"] == "ready"

    async def test_the_same_key_begins_one_upload(self, ada: Student) -> None:
        key = str(uuid4())

        begun = await asyncio.gather(*(begin(ada, 10, key) for _ in range(5)))
        body = {"filename": "other.txt", "size": 10, "media_type": "text/plain"}
        other = await ada.http.post("/api/v1/uploads", json=body, headers={"Idempotency-Key": key})

        assert len({one["id"] for one in begun}) == 1
        assert other.status_code == 422
        assert other.json()["type"].endswith("/idempotency-key-reused")


class TestAbort:
    async def test_what_was_aborted_is_gone_with_its_parts(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        upload = await begin(ada, SCAN.size)
        route, size = f"/api/v1/uploads/{upload['id']}", upload["part_size"]
        ticket = (await ada.http.post(f"{route}/parts/1")).raise_for_status().json()

        aborted = await ada.http.delete(route)
        answers = [
            await ada.http.get(route),
            await ada.http.delete(route),
            await ada.http.post(f"{route}/parts/1"),
            await complete(ada, upload),
        ]

        assert aborted.status_code == 204
        assert {answer.status_code for answer in answers} == {404}
        async with asyncio.timeout(30):
            while (await store.put(ticket["url"], content=SCAN.part(0, size))).is_success:
                await ada.wait_a_moment()

    async def test_for_others_it_does_not_exist(self, ada: Student, bob: Student) -> None:
        upload = await begin(ada, SCAN.size)
        route = f"/api/v1/uploads/{upload['id']}"

        answers = [
            await bob.http.get(route),
            await bob.http.delete(route),
            await bob.http.post(f"{route}/parts/1"),
            await bob.http.post(f"{route}/complete"),
        ]

        assert {answer.status_code for answer in answers} == {404}
        assert (await ada.get(route))["status"] == "open"

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"size": -1}, 422),
            ({"size": 2**60}, 422),
            ({"size": 2**40}, 413),
            ({"filename": " "}, 422),
            ({"filename": "a/"}, 422),
            ({"sha256": "abc"}, 422),
            ({"tags": [""]}, 422),
            ({"collection_id": str(uuid4())}, 404),
        ],
    )
    async def test_what_makes_no_sense_is_not_begun(
        self, ada: Student, changes: Json, status: int
    ) -> None:
        body = {"filename": "a.txt", "size": 1, "media_type": "text/plain", **changes}

        answer = await ada.http.post("/api/v1/uploads", json=body)

        assert answer.status_code == status, answer.text
