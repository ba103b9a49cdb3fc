"""Direct uploads: resumed by part, completed once, refused when they are not what was announced."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator

import httpx
import pytest

from tests.e2e.course import CHAPTERS
from tests.e2e.files import plain
from tests.e2e.scans import MEBI, Scan
from tests.e2e.sender import begin, complete, parts_of, send_part
from tests.e2e.student import Student

TEXT = plain(CHAPTERS)
SCAN = Scan(17)
LARGE = SCAN.part(0, SCAN.size)


class TestInOnePiece:
    async def test_a_small_file_goes_to_its_address_and_becomes_ready(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        upload = await begin(ada, len(TEXT), title="On light", tags=["physics"])
        assert "part_size" not in upload
        (await store.put(upload["url"], content=TEXT, headers=upload["headers"])).raise_for_status()

        made = await complete(ada, upload)
        document = await ada.until_final(made.json()["id"])

        assert made.status_code == 202
        assert (document["status"], document["title"]) == ("ready", "On light")
        assert (document["tags"], document["size"]) == (["physics"], len(TEXT))
        answer = await ada.http.get(f"/api/v1/documents/{document['id']}/content")
        assert answer.content == TEXT
        assert answer.headers["etag"] == f'"{hashlib.sha256(TEXT).hexdigest()}"'

    @pytest.mark.parametrize("content", [TEXT[:-1], TEXT + b".", None])
    async def test_another_size_is_refused_and_can_be_mended(
        self, ada: Student, store: httpx.AsyncClient, content: bytes | None
    ) -> None:
        upload = await begin(ada, len(TEXT))
        if content is not None:
            assert (await store.put(upload["url"], content=content)).status_code == 403

        refused = await complete(ada, upload)
        (await store.put(upload["url"], content=TEXT)).raise_for_status()
        mended = await complete(ada, upload)

        assert refused.status_code == 422
        assert refused.json()["type"].endswith("/not-uploaded")
        assert f"{len(TEXT)} bytes" in refused.json()["detail"]
        assert mended.status_code == 202

    async def test_bytes_written_after_it_was_complete_are_nobodys(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        upload = await begin(ada, len(TEXT))
        (await store.put(upload["url"], content=TEXT)).raise_for_status()
        document = await ada.until_final((await complete(ada, upload)).json()["id"])

        await store.put(upload["url"], content=TEXT.upper())

        assert document["status"] == "ready"
        answer = await ada.http.get(f"/api/v1/documents/{document['id']}/content")
        assert answer.content == TEXT

    async def test_other_bytes_than_were_announced_make_a_failed_document(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        upload = await begin(ada, len(TEXT), sha256=hashlib.sha256(TEXT).hexdigest())
        (await store.put(upload["url"], content=TEXT.upper())).raise_for_status()

        document = await ada.until_final((await complete(ada, upload)).json()["id"])

        assert document["error"]["code"] == "checksum-mismatch"

    async def test_an_address_is_good_for_nothing_else(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        upload = await begin(ada, len(TEXT))

        changed = await store.put(upload["url"].replace("mesh-incoming/", "mesh-incoming/a"))
        read = await store.get(upload["url"])

        assert (changed.status_code, read.status_code) == (403, 403)


class TestInParts:
    async def test_who_was_interrupted_goes_on_where_the_store_says(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        upload = await begin(ada, len(LARGE))
        size = upload["part_size"]
        pieces = {n: LARGE[(n - 1) * size : n * size] for n in (1, 2, 3)}
        assert "url" not in upload
        assert await send_part(ada, store, upload, 2, pieces[2]) == 200
        early = await complete(ada, upload)

        there = await parts_of(ada, upload)
        for number in pieces.keys() - there.keys():
            assert await send_part(ada, store, upload, number, pieces[number]) == 200
        made = await complete(ada, upload)

        assert early.status_code == 422
        assert early.json()["type"].endswith("/size-mismatch")
        assert there == {2: size}
        assert made.status_code == 202
        seen = await ada.get(f"/api/v1/uploads/{upload['id']}")
        assert (seen["status"], seen["size"]) == ("completed", len(LARGE))
        route = f"/api/v1/documents/{made.json()['id']}"
        assert (await ada.until_final(made.json()["id"]))["size"] == len(LARGE)
        answer = await ada.http.get(f"{route}/content")
        assert answer.content == LARGE

    async def test_a_part_may_be_sent_twice_and_is_not_taken_short(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        upload = await begin(ada, len(LARGE))
        size = upload["part_size"]
        for number in (1, 2, 3):
            await send_part(ada, store, upload, number, LARGE[(number - 1) * size : number * size])
        assert await send_part(ada, store, upload, 2, b"far too short") == 403
        assert await send_part(ada, store, upload, 2, LARGE[size : 2 * size]) == 200

        there = await parts_of(ada, upload)
        made = await complete(ada, upload)

        assert there == {1: size, 2: size, 3: len(LARGE) - 2 * size}
        assert made.status_code == 202
        await ada.http.delete(f"/api/v1/documents/{made.json()['id']}")

    @pytest.mark.parametrize(("number", "problem"), [(4, "no-such-part"), (0, "invalid")])
    async def test_there_are_no_other_parts(self, ada: Student, number: int, problem: str) -> None:
        upload = await begin(ada, len(LARGE))

        answer = await ada.http.post(f"/api/v1/uploads/{upload['id']}/parts/{number}")

        assert answer.status_code == 422
        assert answer.json()["type"].endswith(f"/{problem}")

    async def test_a_part_that_still_runs_when_all_is_complete_changes_nothing(
        self, ada: Student, store: httpx.AsyncClient
    ) -> None:
        upload = await begin(ada, len(LARGE))
        size = upload["part_size"]
        for number in (1, 2, 3):
            await send_part(ada, store, upload, number, LARGE[(number - 1) * size : number * size])
        begun, go = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncGenerator[bytes]:
            yield b"x" * MEBI
            begun.set()
            await go.wait()
            yield b"x" * (size - MEBI)

        route = f"/api/v1/uploads/{upload['id']}/parts/1"
        ticket = (await ada.http.post(route)).raise_for_status().json()
        headers = {"Content-Length": str(size)}
        running = asyncio.create_task(store.put(ticket["url"], content=slow(), headers=headers))
        await begun.wait()
        made = await complete(ada, upload)
        go.set()
        late = await running
        afterwards = await ada.http.post(route)

        assert made.status_code == 202
        assert not late.is_success
        assert afterwards.status_code == 409
        document_id = made.json()["id"]
        await ada.until_final(document_id)
        answer = await ada.http.get(f"/api/v1/documents/{document_id}/content")
        assert answer.content == LARGE
