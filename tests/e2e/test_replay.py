"""History is said again to one listener, or read by a team that tries things, and nobody else."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from deploy.local.vault import Vault
from tests.e2e.operating import operate
from tests.e2e.student import Json, student
from tests.mesh import RunningMesh
from tests.waiting import until, until_found

LISTENER = "notification-document-ready-v1"


async def test_one_listener_is_told_again_and_ignores_what_it_has_handled(
    mesh: RunningMesh,
) -> None:
    async with student(mesh.address) as ada:
        await ada.read("bird.md", b"# Bird\n\nA heron waits in the reeds.\n")
        await until_found(lambda: _is_quiet(mesh))
        told = await ada.get("/api/v1/notifications")
        before = await _consumers(mesh)

        again = await operate(mesh.home, mesh.base, "replay", LISTENER, "--since", "1h", "--json")
        await until_found(lambda: _is_quiet(mesh))

        after = await _consumers(mesh)
        moved = {
            name for name, one in after.items() if one["delivered"] != before[name]["delivered"]
        }
        assert again.json["said_again"] >= 1
        assert moved == {f"to-{LISTENER}"}
        assert await ada.get("/api/v1/notifications") == told


async def test_one_listener_is_told_to_count_once_more_what_it_has_handled(
    mesh: RunningMesh,
) -> None:
    async with student(mesh.address) as ada:
        await ada.read("owl.md", b"# Owl\n\nAn owl sees in the dark.\n")
        await until_found(lambda: _is_quiet(mesh))
        told, before = await ada.get("/api/v1/notifications"), await _handled(mesh)

        words = ("replay", LISTENER, "--from-sequence", "1", "--again", "--json")
        again = (await operate(mesh.home, mesh.base, *words)).json["said_again"]

        async def all_count_once_more() -> bool:
            return bool(await _handled(mesh) == before + again)

        assert again >= 1
        await until_found(all_count_once_more)
        assert (
            await ada.get("/api/v1/notifications") == told
        )  # one for each document, however often


async def test_a_reader_in_the_sandbox_has_history_and_news_until_it_is_forgotten(
    mesh: RunningMesh,
) -> None:
    words = ("replay", "trial", "--type", "evt.document.uploaded.v1")
    async with student(mesh.address) as ada:
        past = await ada.read("past.md", b"# Past\n\nThere was a dodo.\n")
        opened = await operate(mesh.home, mesh.base, *words, "--from-sequence", "1")
        assert opened.code == 0, opened.err
        async with _reader(mesh, "trial") as heard:
            await until(lambda: past["id"] in heard)
            news = await ada.upload("news.md", b"# News\n\nThere is an emu.\n")
            await until(lambda: news["id"] in heard)
        forgotten = await operate(mesh.home, mesh.base, "replay", "trial", "--forget")

    assert forgotten.code == 0, forgotten.err
    assert "sandbox-trial" not in await _consumers(mesh)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Say whom to"),
        (("notification-document-redy-v1",), "Did you mean notification-document-ready-v1"),
        (("storage-storage-check-object-v1",), "is a command"),
        (("trial", "--type", "evt.nothing.*"), "No event is called"),
        (("trial", "--type", "evt.*", "--from-sequence", "1"), "count each for itself"),
        (("trial", "--forget"), "There is no reader"),
        ((LISTENER, "--since", "1h", "--from-sequence", "1"), "not both"),
        ((LISTENER, "--from-sequence", "0"), "is no number from 1 on"),
        ((LISTENER, "--since", "99999999999d"), "is no time"),
    ],
)
async def test_what_makes_no_sense_is_said(
    mesh: RunningMesh, words: tuple[str, ...], says: str
) -> None:
    told = await operate(mesh.home, mesh.base, "replay", *words)

    assert told.code == 2
    assert says in told.err


@asynccontextmanager
async def _reader(mesh: RunningMesh, name: str) -> AsyncGenerator[list[str]]:
    """Listen as a team does, with the password of the sandbox and nothing else."""
    heard: list[str] = []

    async def hear(message: Msg) -> None:
        if not (message.headers or {}).get("Status"):
            heard.append(json.loads(message.data)["document_id"])
        elif message.reply:
            await message.respond(b"")

    password = Vault(mesh.home.secrets).secret("nats-sandbox")
    connection: Client = await nats.connect(
        f"nats://127.0.0.1:{mesh.base + 1}", user="sandbox", password=password
    )
    try:
        await connection.subscribe(f"sandbox.{name}", cb=hear)
        yield heard
    finally:
        await connection.close()


async def _consumers(mesh: RunningMesh) -> dict[str, dict[str, Any]]:
    listed: list[Json] = (await operate(mesh.home, mesh.base, "consumers", "--json")).json
    return {one["name"]: one for one in listed}


async def _handled(mesh: RunningMesh) -> int:
    """Count what the listener has done, not what it knew already."""
    port = mesh.process("notification").port
    async with httpx.AsyncClient(trust_env=False) as http:
        text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
    done = f'mesh_messages_handled_total{{durable="{LISTENER}",outcome="done"}} '
    return sum(int(float(line.removeprefix(done))) for line in text.splitlines() if done in line)


async def _is_quiet(mesh: RunningMesh) -> bool:
    return not (await operate(mesh.home, mesh.base, "consumers", "--behind", "--json")).json
