"""Uploads: whatever the framing, the bytes arrive as they are, or nothing is left."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from contracts.document import (
    Document,
    DocumentStatus,
    RegisterDocument,
    ReserveUpload,
    UploadReserved,
)
from contracts.storage import DiscardUpload, OpenPart, OpenUpload, Ticket, UploadOpened
from services.gateway.uploads import receive
from shared.cause import Cause, new_id
from shared.messages import Answer, Done
from shared.problems import Away, Problem
from tests.unit.gateway.conftest import Street
from tests.unit.gateway.fakes import soon
from tests.waiting import until

PART = 1_000


class InUse(Problem, code="idempotency-key-in-use", status=409, title="It still runs"):
    """As the document service says it."""


class Warehouse:
    """Storage and document, as far as an upload needs them."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.reserved = UploadReserved()
        self.lose_answers = 0
        self.documents: dict[UUID, Document] = {}
        street.mesh.answers.update(
            {
                OpenUpload: self.open,
                OpenPart: self.part,
                RegisterDocument: self.register,
                ReserveUpload: lambda _, __: self.reserved,
                DiscardUpload: lambda _, __: Done(),
            }
        )

    def open(self, asked: OpenUpload, _: Cause) -> Answer:
        self.object_id = new_id()
        return UploadOpened(
            object_id=self.object_id,
            whole=self.ticket("whole"),
            part_size=PART,
            expires_at=soon(),
        )

    def part(self, asked: OpenPart, _: Cause) -> Answer:
        return self.ticket(f"{asked.number:05}")

    def ticket(self, name: str) -> Ticket:
        return Ticket(
            object_id=self.object_id,
            method="PUT",
            url=f"{self.object_id}/{name}",
            expires_at=soon(),
        )

    def register(self, asked: RegisterDocument, _: Cause) -> Answer:
        document = self.documents.setdefault(asked.object_id, made_of(asked))
        if self.lose_answers:
            self.lose_answers -= 1
            raise Away("the answer was lost")
        return document

    @property
    def registered(self) -> RegisterDocument:
        asked: RegisterDocument = self.street.mesh.of(RegisterDocument)[-1]
        return asked

    def stored(self) -> bytes:
        kept = self.street.objects.kept
        mine = sorted(name for name in kept if name.startswith(str(self.object_id)))
        return b"".join(kept[name] for name in mine)


def made_of(asked: RegisterDocument) -> Document:
    return Document(
        id=new_id(),
        title=asked.title or asked.filename,
        filename=asked.filename,
        media_type=asked.media_type,
        size=asked.size,
        status=DocumentStatus.UPLOADED,
        progress=0,
        tags=asked.tags,
        created_at=soon(),
        updated_at=soon(),
    )


@pytest.fixture
def warehouse(street: Street) -> Warehouse:
    return Warehouse(street)


def form(*parts: bytes, boundary: bytes = b"b") -> tuple[bytes, dict[str, str]]:
    framed = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    content_type = f"multipart/form-data; boundary={boundary.decode()}"
    return framed + b"--" + boundary + b"--\r\n", {"Content-Type": content_type}


def field(name: str, value: str) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()


def file(content: bytes, *, name: str = "a.txt", part: str = "file") -> bytes:
    head = f'Content-Disposition: form-data; name="{part}"; filename="{name}"\r\n'
    return head.encode() + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + content


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
        assert len(warehouse.street.mesh.of(OpenPart)) == (0 if size <= PART else -(-size // PART))

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

    async def test_a_store_that_is_away_for_a_moment_is_tried_again(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        warehouse.street.objects.away = 1

        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", b"hello")})

        assert answer.status_code == 202
        assert warehouse.stored() == b"hello"


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
        assert warehouse.street.mesh.of(RegisterDocument) == []
        mesh = warehouse.street.mesh
        assert len(mesh.of(OpenUpload)) == len(mesh.of(DiscardUpload))

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
        mesh = warehouse.street.mesh
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
        assert warehouse.street.mesh.of(OpenUpload) == []


class TestTooMuch:
    @pytest.mark.parametrize("size", [100_001, 5_000_000])
    async def test_a_file_over_the_limit_is_413_and_leaves_nothing(
        self, client: httpx.AsyncClient, warehouse: Warehouse, size: int
    ) -> None:
        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", bytes(size))})

        assert answer.status_code == 413
        assert answer.json()["limit"] == 100_000
        assert len(warehouse.street.mesh.of(DiscardUpload)) == 1

    async def test_a_file_of_exactly_the_limit_passes(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", bytes(100_000))})

        assert answer.status_code == 202
        assert len(warehouse.stored()) == 100_000


class TestGoneAndSlow:
    async def test_who_hangs_up_in_the_middle_leaves_nothing(
        self, open_house: Street, warehouse: Warehouse
    ) -> None:
        body, headers = form(file(bytes(5 * PART)))
        address = urlsplit(open_house.address)
        head = (
            f"POST /api/v1/documents HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {open_house.signer.token(open_house.caller)}\r\n"
            f"Content-Type: {headers['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
        )

        _, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(head.encode() + body[: 3 * PART])
        await until(lambda: bool(open_house.mesh.of(OpenPart)))
        writer.transport.abort()

        await until(lambda: bool(open_house.mesh.of(DiscardUpload)))
        assert open_house.mesh.of(RegisterDocument) == []

    async def test_who_falls_silent_is_given_up(
        self, open_house: Street, warehouse: Warehouse
    ) -> None:
        body, headers = form(file(bytes(2 * PART)))
        silence = asyncio.Event()

        async def stall() -> AsyncIterator[bytes]:
            yield body[:PART]
            await silence.wait()

        async with open_house.client() as client:
            sending = asyncio.create_task(
                client.post("/api/v1/documents", content=stall(), headers=headers)
            )
            await until(lambda: bool(open_house.mesh.of(DiscardUpload)))
            silence.set()
            await asyncio.wait([sending])

        assert open_house.mesh.of(RegisterDocument) == []

    async def test_a_lost_answer_is_asked_for_again_and_makes_one_document(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        warehouse.lose_answers = 1

        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", b"hello")})

        assert answer.status_code == 202
        assert len(warehouse.documents) == 1
        assert warehouse.street.mesh.of(DiscardUpload) == []

    async def test_bytes_that_may_have_become_a_document_are_not_thrown_away(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        warehouse.lose_answers = 99

        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", b"hello")})

        assert answer.status_code == 503
        assert warehouse.street.mesh.of(DiscardUpload) == []


class TestIdempotency:
    KEY: ClassVar = {"Idempotency-Key": "k-1"}

    async def test_a_key_goes_to_the_owner_with_a_fingerprint_of_all_that_matters(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        for boundary, parts in (
            (b"b", [file(b"hello"), field("title", "x"), field("tags", "t")]),
            (b"another", [field("tags", "t"), field("title", "x"), file(b"hello")]),
            (b"b", [file(b"hellO"), field("title", "x"), field("tags", "t")]),
            (b"b", [file(b"hello"), field("title", "y"), field("tags", "t")]),
        ):
            body, headers = form(*parts, boundary=boundary)
            answer = await client.post(
                "/api/v1/documents", content=body, headers=headers | self.KEY
            )
            assert answer.status_code == 202

        first, reframed, other_bytes, other_title = warehouse.street.mesh.of(RegisterDocument)
        assert first.idempotency_key == "k-1"
        assert first.fingerprint == reframed.fingerprint
        assert len({first.fingerprint, other_bytes.fingerprint, other_title.fingerprint}) == 3

    async def test_a_repetition_answers_the_first_document_and_stores_nothing(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        sent = {"files": {"file": ("a.txt", b"hello")}, "headers": self.KEY}
        first = await client.post("/api/v1/documents", **sent)  # type: ignore[arg-type]
        warehouse.reserved = UploadReserved(
            document=Document.model_validate_json(json.dumps(first.json())),
            fingerprint=warehouse.registered.fingerprint,
        )
        opened = len(warehouse.street.mesh.of(OpenUpload))

        again = await client.post("/api/v1/documents", **sent)  # type: ignore[arg-type]

        assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
        assert len(warehouse.street.mesh.of(OpenUpload)) == opened

        other = await client.post(
            "/api/v1/documents", files={"file": ("a.txt", b"other")}, headers=self.KEY
        )

        assert other.status_code == 422
        assert other.json()["type"].endswith("/idempotency-key-reused")

    async def test_while_the_first_still_runs_the_second_waits(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        def in_use(*_: object) -> Answer:
            raise InUse

        warehouse.street.mesh.answers[ReserveUpload] = in_use

        answer = await client.post(
            "/api/v1/documents", files={"file": ("a.txt", b"hello")}, headers=self.KEY
        )

        assert answer.status_code == 409
        assert int(answer.headers["retry-after"]) >= 1

    async def test_a_claim_is_renewed_while_bytes_come_and_losing_it_ends_the_upload(
        self, open_house: Street, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(receive, "_RENEWAL", 0.01)
        body, headers = form(file(bytes(2 * PART)))
        claims = open_house.mesh
        lost = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield body[: PART + 500]
            await until(lambda: len(claims.of(ReserveUpload)) > 3)

            def in_use(*_: object) -> Answer:
                lost.set()
                raise InUse

            claims.answers[ReserveUpload] = in_use
            await lost.wait()
            await until(lambda: bool(claims.of(DiscardUpload)))
            yield body[PART + 500 :]

        async with open_house.client() as client:
            answer = await client.post(
                "/api/v1/documents", content=slowly(), headers=headers | self.KEY
            )

        assert answer.status_code == 409
        holders = {claim.holder for claim in claims.of(ReserveUpload)}
        assert len(holders) == 1
        assert claims.of(RegisterDocument) == []
