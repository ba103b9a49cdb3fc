"""The drill: a mesh is backed up while it works, lives again elsewhere, and loses its broker."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from deploy.local.home import Home
from deploy.local.ports import free_block
from tests.e2e.operating import operate
from tests.e2e.semester import Found, answers, found, live_through
from tests.e2e.student import Json, Student, student
from tests.mesh import RunningMesh, started_mesh
from tests.waiting import until_found

# The first test starts two meshes, backs one up and restores the other.
pytestmark = pytest.mark.timeout(400)


@dataclass
class Drill:
    """What there was, in one mesh, when it was backed up."""

    backup: Path
    ada: Student
    link: str
    answers: Json
    found: Found
    meanwhile: Student
    uploaded: list[str] = field(default_factory=list)
    """Documents that the other one brought before and while the backup was taken."""


@pytest.fixture(scope="module")
def drill(mesh: RunningMesh, server_directory: Path) -> Drill:
    """One person's semester, backed up while another brings file after file."""
    return asyncio.run(_backed_up(mesh, server_directory / "backup"))


@pytest.fixture(scope="module")
def restored(drill: Drill, mesh: RunningMesh, server_directory: Path) -> Generator[RunningMesh]:
    """A mesh on other ports and in another directory, made of that backup alone."""
    directory, base = server_directory / "restored", free_block()
    home = Home(directory / "data")
    shutil.copytree(mesh.home.model, home.model)
    directory.chmod(0o711)
    home.root.chmod(0o711)
    told = asyncio.run(operate(home, base, "restore", str(drill.backup)))
    assert told.code == 0, told.err
    with started_mesh(directory, base) as again:
        again.wait_until_ready()
        yield again


async def _backed_up(mesh: RunningMesh, place: Path) -> Drill:
    async with student(mesh.address, "Ada") as ada, student(mesh.address, "Bob") as bob:
        link = await live_through(ada)
        there = Drill(place, ada, link, await answers(ada), await found(ada), bob)
        busy = asyncio.create_task(_bring_file_after_file(bob, there.uploaded))
        await until_found(lambda: _has(there.uploaded, 3))
        told = await operate(mesh.home, mesh.base, "backup", str(place))
        busy.cancel()
        assert told.code == 0, told.err
        assert await answers(ada) == there.answers
    return there


async def _has(some: list[str], many: int) -> bool:
    return len(some) >= many


async def _bring_file_after_file(bob: Student, uploaded: list[str]) -> None:
    number = 0
    while True:
        number += 1
        text = f"# File {number}\n\nA lens and a prism of number {number} bend light.\n"
        uploaded.append((await bob.upload(f"file-{number}.md", text.encode()))["id"])


@pytest.fixture
async def ada(drill: Drill, restored: RunningMesh) -> AsyncGenerator[Student]:
    async with httpx.AsyncClient(base_url=restored.address, timeout=60, trust_env=False) as http:
        one = Student(http, drill.ada.email)
        await one.sign_in()
        yield one


async def test_every_answer_is_the_same_in_the_mesh_that_was_restored(
    drill: Drill, ada: Student
) -> None:
    assert await answers(ada) == drill.answers
    shared = await ada.http.get(drill.link, follow_redirects=True)
    assert shared.status_code == 200
    assert await found(ada) == drill.found


async def test_who_was_signed_in_still_is(drill: Drill, restored: RunningMesh) -> None:
    token = drill.ada.http.headers["Authorization"]

    async with httpx.AsyncClient(base_url=restored.address, trust_env=False) as http:
        me = await http.get("/api/v1/me", headers={"Authorization": token})

    assert (me.status_code, me.json()["email"]) == (200, drill.ada.email)


async def test_what_was_on_its_way_arrives_and_nothing_is_left_lying(
    drill: Drill, restored: RunningMesh
) -> None:
    async with httpx.AsyncClient(base_url=restored.address, timeout=60, trust_env=False) as http:
        bob = Student(http, drill.meanwhile.email)
        await bob.sign_in()
        listed = (await bob.get("/api/v1/documents", limit=100))["items"]
        ends = [await bob.until_final(one["id"]) for one in listed]
        sizes = [
            len((await http.get(f"/api/v1/documents/{one['id']}/content")).content) for one in ends
        ]

    assert len(ends) >= 3
    assert {one["id"] for one in ends} <= set(drill.uploaded)
    assert [one["status"] for one in ends] == ["ready"] * len(ends)
    assert sizes == [one["size"] for one in ends]
    await until_found(lambda: _no_orphans(restored), 60)


async def _no_orphans(mesh: RunningMesh) -> bool:
    return (await operate(mesh.home, mesh.base, "orphans")).code == 0


async def test_a_broker_that_lost_everything_is_told_all_again_and_the_mesh_goes_on(
    restored: RunningMesh, ada: Student
) -> None:
    async def is_waiting() -> bool:
        words = ("consumers", "--service", "indexing", "--behind", "--json")
        return bool((await operate(restored.home, restored.base, *words)).json)

    async with ada.tab() as tab:
        await tab.resume()
        stopped = restored.process("indexing").pid
        assert stopped is not None
        os.kill(stopped, signal.SIGSTOP)
        on_its_way = await ada.upload(
            "way.md", b"# Way\n\nA wandering albatross crosses the sea.\n"
        )
        await until_found(is_waiting, 60)
        before = await answers(ada)
        broker = restored.process("nats")
        (restored.home.nats / "jetstream").rename(restored.home.nats / "lost")
        restored.kill("nats")
        restored.wait_until_back("nats", broker)
        os.kill(stopped, signal.SIGCONT)

        told = await operate(restored.home, restored.base, "replay", "--from-outbox", "--json")
        assert told.json["said_again"] > len(before)
        closed = await _closed(tab.socket)

    assert (await ada.until_final(on_its_way["id"]))["status"] == "ready"
    assert (await ada.search("albatross"))["total"] == 1
    assert closed == 1012
    async with ada.tab() as again:
        await again.resume(tab.hello["epoch"], tab.hello["offset"])
        assert (await again.next())["reason"] == "another-epoch"
    await ada.read("new.md", b"# New\n\nA pelican waits in the harbour.\n")
    await _assert_nothing_twice(ada, before)
    await until_found(lambda: _no_orphans(restored), 60)


async def _closed(socket: ClientConnection) -> int:
    try:
        async with asyncio.timeout(60):
            while True:
                await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


async def _assert_nothing_twice(ada: Student, before: Json) -> None:
    """See that old facts brought no notification again, and each new fact one."""
    route = "/api/v1/notifications?limit=100"
    known = {one["id"] for one in before[route]["items"]}
    new: list[tuple[str, str]] = []

    async def both_are_told() -> bool:  # behind all that was said again
        now = (await ada.get(route))["items"]
        new[:] = [(one["type"], one["document_id"]) for one in now if one["id"] not in known]
        return len(new) >= 2

    await until_found(both_are_told, 60)
    assert len(new) == len(set(new)) == 2
    assert {type_ for type_, _ in new} == {"document.ready"}


class TestRefusals:
    async def test_a_damaged_one_is_refused_before_anything_is_touched(
        self, drill: Drill, tmp_path: Path
    ) -> None:
        damaged = tmp_path / "damaged"
        shutil.copytree(drill.backup, damaged)
        dump = damaged / "databases" / "quiz.dump"
        dump.write_bytes(dump.read_bytes()[:-1] + b"x")
        home = Home(tmp_path / "empty")

        told = await operate(home, free_block(), "restore", str(damaged))

        assert told.code == 1
        assert "quiz.dump is not what was backed up" in told.err
        assert not home.postgres.exists()

    @pytest.mark.parametrize(
        ("manifest", "says"),
        [
            (None, "is no backup"),
            ("{", "Invalid JSON"),
            ('{"kind": "another-backup"}', "kind"),
        ],
    )
    async def test_what_is_none_is_refused(
        self, tmp_path: Path, manifest: str | None, says: str
    ) -> None:
        if manifest is not None:
            (tmp_path / "manifest.json").write_text(manifest)

        told = await operate(Home(tmp_path / "empty"), free_block(), "restore", str(tmp_path))

        assert told.code == 1
        assert says in told.err

    async def test_a_newer_one_is_refused(self, drill: Drill, tmp_path: Path) -> None:
        newer = tmp_path / "newer"
        shutil.copytree(drill.backup, newer)
        manifest = json.loads((newer / "manifest.json").read_text())
        manifest["revisions"]["quiz"] = "9999"
        (newer / "manifest.json").write_text(json.dumps(manifest))

        told = await operate(Home(tmp_path / "empty"), free_block(), "restore", str(newer))

        assert told.code == 1
        assert "newer studymesh" in told.err

    async def test_a_mesh_that_runs_is_left_alone(self, drill: Drill, mesh: RunningMesh) -> None:
        words = ("restore", str(drill.backup), "--replace")

        told = await operate(mesh.home, mesh.base, *words)

        assert told.code == 1
        assert "make down" in told.err

    async def test_a_backup_overwrites_nothing(self, drill: Drill, mesh: RunningMesh) -> None:
        told = await operate(mesh.home, mesh.base, "backup", str(drill.backup))

        assert told.code == 1
        assert "exists" in told.err

    def test_nobody_else_can_read_it(self, drill: Drill) -> None:
        modes = {path.stat().st_mode & 0o777 for path in drill.backup.rglob("*") if path.is_file()}
        folders = {path.stat().st_mode & 0o777 for path in drill.backup.rglob("*") if path.is_dir()}

        assert modes == {0o600}
        assert folders <= {0o700}
        assert drill.backup.stat().st_mode & 0o777 == 0o700
