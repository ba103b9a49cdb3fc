"""Uploads that end otherwise: given up, silent, unanswered, or asked for twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import ClassVar
from urllib.parse import urlsplit

import httpx
import pytest

from contracts.document import (
    Document,
    RegisterDocument,
    ReserveUpload,
    UploadReserved,
)
from contracts.storage import DiscardUpload, OpenPart, OpenUpload
from services.gateway.uploads import receive
from shared.messages import Answer
from tests.unit.gateway.conftest import World
from tests.unit.gateway.warehouse import PART, InUse, Warehouse, field, file, form
from tests.waiting import until


async def hang_up(world: World, begun: bytes, headers: dict[str, str]) -> None:
    """Announce more than is sent, and be gone when the first part was taken."""
    address = urlsplit(world.address)
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (
        f"POST /api/v1/documents HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {world.signer.token(world.caller)}\r\n"
        f"{told}Content-Length: {2 * len(begun)}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(head.encode() + begun)
    await until(lambda: bool(world.mesh.of(OpenPart)))
    writer.transport.abort()


class TestGoneAndSlow:
    async def test_who_hangs_up_in_the_middle_leaves_nothing(
        self, served: World, warehouse: Warehouse
    ) -> None:
        body, headers = form(file(bytes(5 * PART)))

        await hang_up(served, body[: 3 * PART], headers)

        await until(lambda: bool(served.mesh.of(DiscardUpload)))
        assert served.mesh.of(RegisterDocument) == []

    async def test_a_lost_answer_is_asked_for_again_and_makes_one_document(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        warehouse.lose_answers = 1

        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", b"hello")})

        assert answer.status_code == 202
        assert len(warehouse.documents) == 1
        assert warehouse.mesh.of(DiscardUpload) == []

    async def test_bytes_that_may_have_become_a_document_are_not_thrown_away(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        warehouse.lose_answers = 99

        answer = await client.post("/api/v1/documents", files={"file": ("a.txt", b"hello")})

        assert answer.status_code == 503
        assert warehouse.mesh.of(DiscardUpload) == []


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

        first, reframed, other_bytes, other_title = warehouse.mesh.of(RegisterDocument)
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
        opened = len(warehouse.mesh.of(OpenUpload))

        again = await client.post("/api/v1/documents", **sent)  # type: ignore[arg-type]

        assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
        assert len(warehouse.mesh.of(OpenUpload)) == opened

        other = await client.post(
            "/api/v1/documents", files={"file": ("a.txt", b"other")}, headers=self.KEY
        )

        assert other.status_code == 422
        assert other.json()["type"].endswith("/idempotency-key-reused")

    @pytest.mark.parametrize(
        ("parts", "status"), [([field("title", "x")], 422), ([file(bytes(100_001))], 413)]
    )
    async def test_an_upload_that_is_refused_gives_its_key_back(
        self, client: httpx.AsyncClient, warehouse: Warehouse, parts: list[bytes], status: int
    ) -> None:
        body, headers = form(*parts)

        answer = await client.post("/api/v1/documents", content=body, headers=headers | self.KEY)

        assert answer.status_code == status
        held, released = warehouse.mesh.of(ReserveUpload)
        assert (held.release, released.release) == (False, True)
        assert held.holder == released.holder

    async def test_who_hangs_up_gives_the_key_back(
        self, served: World, warehouse: Warehouse
    ) -> None:
        body, headers = form(file(bytes(5 * PART)))

        await hang_up(served, body[: 3 * PART], headers | self.KEY)

        await until(lambda: served.mesh.of(ReserveUpload)[-1].release)

    @pytest.mark.parametrize(("lost", "status"), [(0, 202), (99, 503)])
    async def test_a_key_that_made_or_may_have_made_a_document_is_not_given_back(
        self, client: httpx.AsyncClient, warehouse: Warehouse, lost: int, status: int
    ) -> None:
        warehouse.lose_answers = lost

        answer = await client.post(
            "/api/v1/documents", files={"file": ("a.txt", b"hello")}, headers=self.KEY
        )

        assert answer.status_code == status
        assert not any(claim.release for claim in warehouse.mesh.of(ReserveUpload))

    async def test_while_the_first_still_runs_the_second_waits(
        self, client: httpx.AsyncClient, warehouse: Warehouse
    ) -> None:
        def in_use(*_: object) -> Answer:
            raise InUse

        warehouse.mesh.answers[ReserveUpload] = in_use

        answer = await client.post(
            "/api/v1/documents", files={"file": ("a.txt", b"hello")}, headers=self.KEY
        )

        assert answer.status_code == 409
        assert int(answer.headers["retry-after"]) >= 1

    async def test_a_claim_is_renewed_while_bytes_come_and_losing_it_ends_the_upload(
        self, served: World, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(receive, "_RENEWAL", 0.01)
        body, headers = form(file(bytes(2 * PART)))
        claims = served.mesh
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

        async with served.client() as client:
            answer = await client.post(
                "/api/v1/documents", content=slowly(), headers=headers | self.KEY
            )

        assert answer.status_code == 409
        holders = {claim.holder for claim in claims.of(ReserveUpload)}
        assert len(holders) == 1
        assert claims.of(RegisterDocument) == []
