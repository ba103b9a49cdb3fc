"""A document's file and text: in ranges, under its name, known by its hash."""

import hashlib
from uuid import UUID

import httpx
import pytest

from contracts.document import DescribeDocument, Document, DocumentStatus, OpenContent, OpenText
from contracts.document import TextTicket as DocumentText
from contracts.storage import DownloadTicket
from shared.cause import new_id
from shared.problems import NotFound
from tests.unit.gateway.conftest import World
from tests.unit.gateway.fakes import soon

CONTENT = bytes(range(256)) * 20
TEXT = b'{"text":"a","version":"v","pages":[],"headings":[]}'
ID = new_id()
ROUTE = f"/api/v1/documents/{ID}"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def ticket(url: str, content: bytes, media_type: str) -> DownloadTicket:
    return DownloadTicket(
        object_id=ID,
        method="GET",
        url=url,
        expires_at=soon(),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
    )


def document(id_: UUID, filename: str) -> Document:
    return Document(
        id=id_,
        title="x",
        filename=filename,
        media_type="application/pdf",
        size=len(CONTENT),
        status=DocumentStatus.READY,
        progress=100,
        created_at=soon(),
        updated_at=soon(),
    )


@pytest.fixture
def world() -> World:
    world = World()
    world.objects.kept = {"original": CONTENT, "text": TEXT}
    world.mesh.answers.update(
        {
            OpenContent: lambda _, __: ticket("original", CONTENT, "application/pdf"),
            OpenText: lambda _, __: DocumentText(
                ticket=ticket("text", TEXT, "application/json"), text_version="v"
            ),
            DescribeDocument: lambda asked, __: document(asked.document_id, 'Größe "1".pdf'),
        }
    )
    return world


class TestContent:
    async def test_the_file_comes_whole_as_an_attachment(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"{ROUTE}/content")

        assert (answer.status_code, answer.content) == (200, CONTENT)
        headers = answer.headers
        assert headers["content-type"] == "application/pdf"
        assert headers["content-length"] == str(len(CONTENT))
        assert headers["etag"] == f'"{SHA256}"'
        assert headers["accept-ranges"] == "bytes"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-disposition"] == (
            "attachment; filename=\"Gr__e _1_.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.pdf"
        )

    @pytest.mark.parametrize(
        ("header", "first", "last"),
        [("bytes=0-0", 0, 0), ("bytes=5000-", 5000, 5119), ("bytes=-20", 5100, 5119)],
    )
    async def test_a_range_is_206_with_just_these_bytes(
        self, client: httpx.AsyncClient, header: str, first: int, last: int
    ) -> None:
        answer = await client.get(f"{ROUTE}/content", headers={"Range": header})

        assert answer.status_code == 206
        assert answer.content == CONTENT[first : last + 1]
        assert answer.headers["content-range"] == f"bytes {first}-{last}/5120"

    async def test_behind_the_end_is_416_with_the_size(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"{ROUTE}/content", headers={"Range": "bytes=5120-"})

        assert answer.status_code == 416
        assert answer.headers["content-range"] == "bytes */5120"
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("known", [f'"{SHA256}"', f'"x", W/"{SHA256}"', "*"])
    async def test_who_has_it_already_gets_304(self, client: httpx.AsyncClient, known: str) -> None:
        answer = await client.get(f"{ROUTE}/content", headers={"If-None-Match": known})

        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == f'"{SHA256}"'

    async def test_a_range_of_another_state_of_the_file_is_the_whole_file(
        self, client: httpx.AsyncClient
    ) -> None:
        asked = {"Range": "bytes=0-9", "If-Range": '"another"'}

        assert (await client.get(f"{ROUTE}/content", headers=asked)).status_code == 200

    @pytest.mark.parametrize("asked", [{}, {"Range": "bytes=0-9"}, {"If-None-Match": '"another"'}])
    async def test_head_says_what_get_says_of_the_whole_file(
        self, client: httpx.AsyncClient, asked: dict[str, str]
    ) -> None:
        whole = await client.get(f"{ROUTE}/content")

        answer = await client.head(f"{ROUTE}/content", headers=asked)

        assert (answer.status_code, answer.content) == (200, b"")
        changing = {"date", "x-correlation-id", "ratelimit-remaining"}
        for name in set(whole.headers) - changing:
            assert answer.headers[name] == whole.headers[name]

    async def test_head_is_304_for_who_has_it_already(self, client: httpx.AsyncClient) -> None:
        answer = await client.head(f"{ROUTE}/content", headers={"If-None-Match": f'"{SHA256}"'})

        assert (answer.status_code, answer.headers["etag"]) == (304, f'"{SHA256}"')

    async def test_head_of_what_is_not_there_is_404(
        self, served: World, client: httpx.AsyncClient
    ) -> None:
        def gone(*_: object) -> DownloadTicket:
            raise NotFound

        served.mesh.answers[OpenContent] = gone

        assert (await client.head(f"{ROUTE}/content")).status_code == 404


class TestText:
    async def test_the_text_comes_as_it_is_kept(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"{ROUTE}/text")

        assert (answer.status_code, answer.content) == (200, TEXT)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["etag"] == '"v"'
        again = await client.get(f"{ROUTE}/text", headers={"If-None-Match": '"v"'})
        assert again.status_code == 304
