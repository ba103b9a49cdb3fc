"""Uploads: whatever the framing, the bytes arrive as they are, or nothing is left."""

import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest

from contracts.document import RegisterDocument, ReserveUpload
from contracts.storage import DiscardUpload, KeepObject, ObjectKind, OpenPart, OpenUpload
from shared.cause import new_id
from tests.unit.gateway.warehouse import PART, Warehouse, field, file, form


class TestBytes:
    @pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART, 3 * PART + 7])
    async def test_they_arrive_as_they_are_whatever_their_number(
        self, client: httpx.AsyncClient, warehouse: Warehouse, size: int
    ) -> None:
        content = bytes(number * 7 % 256 for number in range(size))

        answer = await client.post("/api/v1/documents", files={"file": ("a.bin", content)})

        assert answer.status_code == 202
        assert warehouse.stored() == content
        asked = warehouse.registered
        assert (asked.size, asked.sha256) == (size, hashlib.sha256(content).hexdigest())
        assert len(warehouse.mesh.of(OpenPart)) == (0 if size <= PART else -(-size // PART))

    async def test_bytes_that_look_like_a_boundary_are_bytes(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        content = b"\r\n--b" * 700 + b"\r\n-" + b"--b--\r\n"
        body, headers = form(file(content), boundary=b"bb")

        async def drip() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 13):
                yield body[start : start + 13]

        answer = await client.post("/api/v1/documents", content=drip(), headers=headers)

        assert answer.status_code == 202
        assert warehouse.stored() == content

    @pytest.mark.parametrize("size", [5, PART])
    async def test_a_store_that_is_away_for_a_moment_is_tried_again(
        self, client: httpx.AsyncClient, warehouse: Warehouse, size: int
    ) -> None:
        warehouse.objects.away = warehouse.lose_bytes = 1
        content = b"x" * size

        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", content)})

        assert answer.status_code == 202
        assert warehouse.stored() == content

    async def test_a_light_file_comes_along_in_one_message(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        await client.post("/api/v1/documents", files={"file": ("a.txt", b"hello")})

        (kept,) = warehouse.mesh.of(KeepObject)
        assert (kept.content, kept.object_kind) == (b"hello", ObjectKind.ORIGINAL)
        assert kept.object_id == warehouse.registered.object_id
        assert warehouse.mesh.of(OpenUpload) == []

    async def test_a_light_file_that_is_refused_is_taken_away_again(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        warehouse.full = True

        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", b"hello")})

        assert answer.status_code == 409
        (discarded,) = warehouse.mesh.of(DiscardUpload)
        assert discarded.object_id == warehouse.object_id


class TestForm:
    @pytest.mark.parametrize("file_at", [0, 1, 4])
    async def test_fields_come_before_or_after_the_file(
        self, client: httpx.AsyncClient, warehouse: Warehouse, file_at: int
    ) -> None:
        collection = new_id()
        parts = [
            field("title", "Öptics"),
            field("tags", "physics"),
            field("tags", "light, waves"),
            field("collection_id", str(collection)),
            field("something", "else"),
        ]
        parts.insert(file_at, file(b"hello", name="ö \\ %22x%22.txt"))
        body, headers = form(*parts)

        answer = await client.post("/api/v1/documents", content=body, headers=headers)

        assert answer.status_code == 202
        asked = warehouse.registered
        assert (asked.title, asked.tags) == ("Öptics", ["physics", "light, waves"])
        assert asked.collection_id == collection
        assert (asked.filename, asked.media_type) == ('"x".txt', "text/plain")

    @pytest.mark.parametrize(
        ("parts", "pointer"),
        [
            ([field("title", "x")], "#/file"),
            ([file(b"a"), file(b"b")], "#/file"),
            ([file(b"a", part="other")], "#/other"),
            ([field("file", "no filename")], "#/file"),
            ([file(b"", name="")], "#/file"),
            ([file(b"a", name="x" * 256)], "#/file"),
            ([file(b"a"), field("title", "x"), field("title", "y")], "#/title"),
            ([file(b"a"), field("title", "x" * 70_000)], "#/title"),
            ([file(b"a"), field("title", "x" * 501)], "#/title"),
            ([file(b"a"), field("tags", "x" * 101)], "#/tags"),
            ([file(b"a"), *[field("tags", "x")] * 51], "#/tags"),
            ([file(b"a"), field("collection_id", "x")], "#/collection_id"),
            ([file(b"a"), field("title", "a\x00b")], "#"),
        ],
    )
    async def test_a_form_that_is_not_as_it_should_be_points_at_why(
        self,
        client: httpx.AsyncClient,
        warehouse: Warehouse,
        parts: list[bytes],
        pointer: str,
    ) -> None:
        body, headers = form(*parts)

        answer = await client.post("/api/v1/documents", content=body, headers=headers)

        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        assert warehouse.mesh.of(RegisterDocument) == []
        mesh = warehouse.mesh
        assert len(mesh.of(OpenUpload)) == len(mesh.of(DiscardUpload))

    @pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k"}])
    async def test_a_large_file_without_room_is_refused_before_it_is_sent(
        self, client: httpx.AsyncClient, warehouse: Warehouse, key: dict[str, str]
    ) -> None:
        warehouse.room = 1_000
        body, headers = form(file(b"x" * (8 * 1024 * 1024 + 2_000)))

        answer = await client.post("/api/v1/documents", content=body, headers=headers | key)

        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/quota-exceeded")
        assert warehouse.mesh.of(OpenUpload) == []
        reserved = [asked.release for asked in warehouse.mesh.of(ReserveUpload)]
        assert reserved == ([False, True] if key else [])

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"--b\r\n",
            b"no boundary at all",
            form(file(b"abc"))[0][:-10],
            b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n",
        ],
    )
    async def test_broken_framing_is_told_and_leaves_nothing(
        self, client: httpx.AsyncClient, warehouse: Warehouse, body: bytes
    ) -> None:
        _, headers = form()

        answer = await client.post("/api/v1/documents", content=body, headers=headers)

        assert answer.status_code == 400
        assert answer.json()["type"].endswith("/broken-form")
        mesh = warehouse.mesh
        assert mesh.of(RegisterDocument) == []
        assert len(mesh.of(OpenUpload)) == len(mesh.of(DiscardUpload))

    @pytest.mark.parametrize(
        "content_type", ["application/json", "multipart/form-data", "multipart/mixed; boundary=b"]
    )
    async def test_what_is_no_form_is_415(
        self, client: httpx.AsyncClient, warehouse: Warehouse, content_type: str
    ) -> None:
        answer = await client.post(
            "/api/v1/documents", content=b"{}", headers={"Content-Type": content_type}
        )

        assert answer.status_code == 415
        assert warehouse.mesh.of(OpenUpload) == []


class TestTooMuch:
    @pytest.mark.parametrize("size", [100_001, 5_000_000])
    async def test_a_file_over_the_limit_is_413_and_leaves_nothing(
        self, client: httpx.AsyncClient, warehouse: Warehouse, size: int
    ) -> None:
        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", bytes(size))})

        assert answer.status_code == 413
        assert answer.json()["limit"] == 100_000
        assert len(warehouse.mesh.of(DiscardUpload)) == len(warehouse.mesh.of(OpenUpload))
        assert warehouse.objects.kept == {} or len(warehouse.mesh.of(DiscardUpload)) == 1

    async def test_a_file_of_exactly_the_limit_passes(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", bytes(100_000))})

        assert answer.status_code == 202
        assert len(warehouse.stored()) == 100_000
