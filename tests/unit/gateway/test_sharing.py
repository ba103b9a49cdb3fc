"""Direct uploads and links as they leave the gateway: no field too many, usable addresses."""

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from contracts.link import LinkMade, LinkOpened, MakeLink, OpenLink
from contracts.storage import DownloadTicket, Ticket
from contracts.upload import BeginUpload, OpenUploadPart, UploadBegun
from services.gateway.app import build
from shared.cause import new_id
from tests.unit.gateway.conftest import World
from tests.unit.gateway.fakes import soon

ID = new_id()
NEW = {"filename": "papers/optics.pdf", "size": 20, "media_type": "application/pdf"}
TOKEN = "A" * 64


def ticket(url: str = "https://files.example.org/a?sig=1") -> Ticket:
    return Ticket(object_id=new_id(), method="PUT", url=url, expires_at=soon())


class TestUploads:
    async def test_in_one_piece_there_is_an_address_and_no_part_size(
        self, client: httpx.AsyncClient, world: World
    ) -> None:
        begun = UploadBegun(upload_id=ID, whole=ticket(), expires_at=soon())
        world.mesh.answers[BeginUpload] = lambda _, __: begun

        answer = await client.post("/api/v1/uploads", json=NEW)

        assert answer.status_code == 201
        assert answer.json().keys() == {"id", "method", "url", "headers", "expires_at"}
        (asked,) = world.mesh.of(BeginUpload)
        assert (asked.filename, asked.size, asked.fingerprint) == ("optics.pdf", 20, None)

    async def test_in_parts_there_is_a_part_size_and_no_address(
        self, client: httpx.AsyncClient, world: World
    ) -> None:
        begun = UploadBegun(upload_id=ID, part_size=8, expires_at=soon())
        world.mesh.answers[BeginUpload] = lambda _, __: begun

        answer = await client.post("/api/v1/uploads", json=NEW, headers={"Idempotency-Key": "k"})

        assert answer.json().keys() == {"id", "method", "headers", "part_size", "expires_at"}
        (asked,) = world.mesh.of(BeginUpload)
        assert asked.idempotency_key == "k"
        assert asked.fingerprint

    async def test_a_part_is_told_no_object_of_ours(
        self, client: httpx.AsyncClient, world: World
    ) -> None:
        world.mesh.answers[OpenUploadPart] = lambda _, __: ticket()

        answer = await client.post(f"/api/v1/uploads/{ID}/parts/2")

        assert answer.status_code == 200
        assert answer.json().keys() == {"method", "url", "headers", "expires_at"}


class TestLinks:
    @pytest.mark.parametrize("public", [None, "https://study.example.org"])
    async def test_its_address_is_where_people_find_us(
        self, world: World, public: str | None
    ) -> None:
        made = LinkMade(link_id=ID, token=TOKEN, expires_at=soon())
        world.mesh.answers[MakeLink] = lambda _, __: made
        app = build(FastAPI(), replace(world.gateway(), public_url=public), world.draining, [])
        token = world.signer.token(world.caller)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://mesh.test:8080"
        ) as client:
            answer = await client.post(
                f"/api/v1/documents/{ID}/links",
                json={"expires_in": 60},
                headers={"Authorization": f"Bearer {token}"},
            )

        here = public or "http://mesh.test:8080"
        assert answer.json()["url"] == f"{here}/api/v1/links/{TOKEN}"

    async def test_whoever_follows_it_is_nobody_and_learns_only_the_file(
        self, world: World, stranger: httpx.AsyncClient
    ) -> None:
        world.objects.kept = {"http://inside/secret": b"content"}
        opened = LinkOpened(
            ticket=DownloadTicket(
                object_id=ID,
                method="GET",
                url="http://inside/secret",
                expires_at=soon(),
                size=7,
                sha256="ab" * 32,
                media_type="text/html",
            ),
            filename="page.html",
        )
        world.mesh.answers[OpenLink] = lambda _, __: opened

        answer = await stranger.get(f"/api/v1/links/{TOKEN}")

        assert answer.content == b"content"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-robots-tag"].startswith("noindex")
        assert "inside" not in str(answer.headers)
        ((_, cause),) = [one for one in world.mesh.asked if isinstance(one[0], OpenLink)]
        assert cause.actor is None

    async def test_an_endless_token_is_not_carried_on(
        self, world: World, stranger: httpx.AsyncClient
    ) -> None:
        await stranger.get(f"/api/v1/links/{'A' * 5000}")

        (asked,) = world.mesh.of(OpenLink)
        assert len(asked.token) == 200
