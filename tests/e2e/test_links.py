"""Links: a file for whoever has the address, until it expires, is revoked, or the file is gone."""

from collections.abc import AsyncGenerator
from uuid import uuid4

import httpx
import pytest

from tests.e2e.course import CHAPTERS
from tests.e2e.files import plain
from tests.e2e.student import Json, Student, student
from tests.mesh import RunningMesh
from tests.waiting import until_found

TEXT = plain(CHAPTERS)


@pytest.fixture
async def anybody() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        yield http


@pytest.fixture
async def document(ada: Student) -> Json:
    return await ada.read("Größe.txt", TEXT)


async def link(
    ada: Student, document: Json, seconds: int = 600, headers: dict[str, str] | None = None
) -> Json:
    route = f"/api/v1/documents/{document['id']}/links"
    answer = await ada.http.post(route, json={"expires_in": seconds}, headers=headers)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


class TestFollowing:
    async def test_it_gives_the_file_to_anybody_as_an_attachment(
        self, ada: Student, document: Json, anybody: httpx.AsyncClient, mesh: RunningMesh
    ) -> None:
        url = (await link(ada, document))["url"]

        answer = await anybody.get(url)
        head = await anybody.head(url)

        assert url.startswith(f"{mesh.address}/api/v1/")
        assert (answer.status_code, answer.content) == (200, TEXT)
        headers = answer.headers
        assert headers["content-disposition"].startswith("attachment;")
        assert "Gr%C3%B6%C3%9Fe.txt" in headers["content-disposition"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "private" in headers["cache-control"]
        assert (head.status_code, head.headers["etag"]) == (200, headers["etag"])

    async def test_it_tells_nothing_of_whose_it_is_or_where_it_lies(
        self, ada: Student, document: Json, anybody: httpx.AsyncClient
    ) -> None:
        me = await ada.get("/api/v1/me")
        url = (await link(ada, document))["url"]

        answer = await anybody.get(url)

        told = f"{url} {answer.headers} {answer.extensions}"
        for secret in (me["id"], ada.email, document["id"], "mesh-objects", "X-Amz"):
            assert secret not in told

    async def test_ranges_and_what_is_known_are_honoured(
        self, ada: Student, document: Json, anybody: httpx.AsyncClient
    ) -> None:
        url = (await link(ada, document))["url"]
        etag = (await anybody.get(url)).headers["etag"]

        part = await anybody.get(url, headers={"Range": "bytes=10-19"})
        again = await anybody.get(url, headers={"If-None-Match": etag})
        beyond = await anybody.get(url, headers={"Range": f"bytes={len(TEXT)}-"})

        assert (part.status_code, part.content) == (206, TEXT[10:20])
        assert part.headers["content-range"] == f"bytes 10-19/{len(TEXT)}"
        assert (again.status_code, again.content) == (304, b"")
        assert beyond.status_code == 416

    async def test_its_time_comes(
        self, ada: Student, document: Json, anybody: httpx.AsyncClient
    ) -> None:
        url = (await link(ada, document, seconds=1))["url"]

        async def is_over() -> bool:
            return (await anybody.get(url)).status_code == 403

        await until_found(is_over)

        problem = (await anybody.get(url)).json()
        assert problem["type"].endswith("/link-expired")

    async def test_a_changed_one_opens_nothing(
        self, ada: Student, document: Json, anybody: httpx.AsyncClient
    ) -> None:
        url = (await link(ada, document))["url"]
        changed = [url[:-1] + ("A" if url[-1] != "A" else "B"), url[:-1], f"{url}A", f"{url}%00"]

        answers = [await anybody.get(one) for one in changed]

        assert [answer.status_code for answer in answers] == [403] * 4
        assert {answer.json()["type"].rpartition("/")[2] for answer in answers} == {"link-invalid"}

    async def test_it_ends_with_the_document(
        self, ada: Student, document: Json, anybody: httpx.AsyncClient
    ) -> None:
        url = (await link(ada, document))["url"]

        (await ada.http.delete(f"/api/v1/documents/{document['id']}")).raise_for_status()

        assert (await anybody.get(url)).status_code == 404


class TestOwning:
    async def test_a_revoked_one_opens_nothing_and_the_others_stay(
        self, ada: Student, document: Json, anybody: httpx.AsyncClient
    ) -> None:
        gone, kept = await link(ada, document), await link(ada, document)
        route = f"/api/v1/documents/{document['id']}/links"

        revoked = await ada.http.delete(f"{route}/{gone['id']}")

        assert revoked.status_code == 204
        assert (await anybody.get(gone["url"])).status_code == 403
        assert (await anybody.get(kept["url"])).status_code == 200
        assert [one["id"] for one in (await ada.get(route))["items"]] == [kept["id"]]

    async def test_only_the_owner_shares(
        self, ada: Student, document: Json, mesh: RunningMesh, anybody: httpx.AsyncClient
    ) -> None:
        made = await link(ada, document)
        route = f"/api/v1/documents/{document['id']}/links"
        async with student(mesh.address, "Bob") as bob:
            answers = [
                await bob.http.post(route, json={"expires_in": 60}),
                await bob.http.get(route),
                await bob.http.delete(f"{route}/{made['id']}"),
            ]

        assert [answer.status_code for answer in answers] == [404] * 3
        nobody = await anybody.post(f"{mesh.address}{route}", json={"expires_in": 60})
        assert nobody.status_code == 401

    async def test_the_same_key_makes_one(self, ada: Student, document: Json) -> None:
        key = {"Idempotency-Key": str(uuid4())}

        first, again = [await link(ada, document, headers=key) for _ in range(2)]
        other = await ada.http.post(
            f"/api/v1/documents/{document['id']}/links", json={"expires_in": 7}, headers=key
        )

        assert first == again
        assert other.status_code == 422

    @pytest.mark.parametrize("seconds", [0, -1, 10**9, "soon", None])
    async def test_it_needs_a_time_that_makes_sense(
        self, ada: Student, document: Json, seconds: object
    ) -> None:
        route = f"/api/v1/documents/{document['id']}/links"

        answer = await ada.http.post(route, json={"expires_in": seconds})

        assert answer.status_code == 422
