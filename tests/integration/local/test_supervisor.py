"""The supervisor brings servers up, keeps them up, and never leaves one behind."""

import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.home import Home
from deploy.local.keeper import DEAF
from deploy.local.plan import Ports
from deploy.local.ports import free_block, is_free
from deploy.local.program import Child
from deploy.local.status import State
from tests.mesh import RunningMesh, started_mesh, supervisor, until

SERVERS = ["nats", "postgres", "objects"]


@pytest.fixture(scope="module")
def base() -> int:
    return free_block()


@pytest.fixture
def servers(server_directory: Path, base: int) -> Generator[RunningMesh]:
    """Servers that keep their data from test to test."""
    with started_mesh(server_directory / "servers-only", base, _servers_only) as mesh:
        mesh.wait_until_ready()
        yield mesh


@pytest.fixture(scope="class")
def kept(server_directory: Path) -> Generator[RunningMesh]:
    """Servers that are brought down again and again."""
    with started_mesh(server_directory / "kept", free_block(), _servers_only) as mesh:
        mesh.wait_until_ready()
        yield mesh


def _servers_only(root: Path, base: int) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.integration.local.servers_only", str(root), str(base))


def _three_brokers(root: Path, base: int) -> tuple[str, ...]:
    return (*_servers_only(root, base), "3")


def _runs(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _pids(mesh: RunningMesh) -> list[int]:
    return [pid for name in mesh.names() if (pid := mesh.process(name).pid)]


class TestKeeping:
    @pytest.mark.parametrize(
        "number",
        [
            pytest.param(signal.SIGKILL, id="when they are killed"),
            pytest.param(signal.SIGINT, id="when they end by themselves"),
            pytest.param(signal.SIGSTOP, id="when they hang"),
        ],
    )
    def test_servers_come_back(self, kept: RunningMesh, number: signal.Signals) -> None:
        before = [kept.process(name) for name in SERVERS]

        for one in before:
            assert one.pid is not None
            os.kill(one.pid, number)

        for one in before:
            kept.wait_until_back(one.name, one)
            assert kept.process(one.name).restarts == one.restarts + 1


class TestThreeBrokers:
    def test_one_comes_back_and_the_others_are_left_alone(self, server_directory: Path) -> None:
        directory = server_directory / "three"
        with started_mesh(directory, free_block(), _three_brokers) as mesh:
            mesh.wait_until_ready()
            before = {name: mesh.process(name) for name in ("nats-1", "nats-2", "nats-3")}

            mesh.kill("nats-2")

            mesh.wait_until_back("nats-2", before["nats-2"])
            assert mesh.process("nats-1") == before["nats-1"]
            assert mesh.process("nats-3") == before["nats-3"]

    def test_one_that_is_deaf_for_a_while_is_left_to_the_others(
        self, server_directory: Path
    ) -> None:
        directory = server_directory / "deaf"
        with started_mesh(directory, free_block(), _three_brokers) as mesh:
            mesh.wait_until_ready()
            before = mesh.process("nats-3")
            assert before.pid is not None

            os.kill(before.pid, signal.SIGSTOP)
            until(lambda: mesh.process("nats-3").state is State.STARTING, lambda: "seen", within=30)
            ends = time.monotonic() + DEAF + 1
            until(lambda: time.monotonic() > ends, lambda: "one alone would be stopped", within=30)
            os.kill(before.pid, signal.SIGCONT)

            until(lambda: mesh.process("nats-3") == before, lambda: "it is back", within=30)

    @pytest.mark.parametrize(("kept", "asked"), [("1", "1"), ("", "3")], ids=["of 3", "of 1"])
    def test_what_was_kept_by_other_brokers_is_not_given_to_them(
        self, server_directory: Path, kept: str, asked: str
    ) -> None:
        home = Home(server_directory / f"two-minds-{asked}" / "data")
        home.make()
        (home.nats / kept / "jetstream").mkdir(parents=True)
        (home.nats / kept / "nats.conf").symlink_to("one.conf")

        refused = Child(supervisor(home, free_block(), broker_nodes=asked), home.log("supervisor"))

        until(lambda: refused.exit_code is not None, lambda: "it ends", within=60)
        assert refused.exit_code == 1
        said = home.log("supervisor").read_text()
        assert f"MESH_BROKER_NODES is {asked}, but" in said
        assert "mesh replay --from-outbox" in said


class TestEnding:
    def test_ctrl_c_stops_everything_and_frees_every_port(self, servers: RunningMesh) -> None:
        pids = _pids(servers)

        os.kill(servers.supervisor.pid, signal.SIGINT)
        until(lambda: servers.supervisor.exit_code == 0, lambda: "it ends with 0", within=30)

        assert not any(map(_runs, pids))
        assert all(map(is_free, range(servers.base, servers.base + 100)))
        for port in Ports.plan(servers.base, ()).objects:  # others may have left some, once
            assert not [*Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]  # noqa: S108

    def test_a_second_ctrl_c_stops_it_at_once(self, servers: RunningMesh) -> None:
        pid = servers.process("postgres").pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)  # it would not stop by being asked

        os.kill(servers.supervisor.pid, signal.SIGINT)
        until(
            lambda: servers.process("nats").state is State.STOPPED,
            lambda: "nats is stopped",
            within=20,
        )
        os.kill(servers.supervisor.pid, signal.SIGINT)

        until(lambda: servers.supervisor.exit_code is not None, lambda: "it ends", within=5)
        assert not _runs(pid)

    def test_a_killed_supervisor_takes_everything_with_it(self, servers: RunningMesh) -> None:
        pids = _pids(servers)

        os.kill(servers.supervisor.pid, signal.SIGKILL)

        until(lambda: not any(map(_runs, pids)), lambda: "all are gone", within=20)
        assert len(pids) == len(SERVERS)

    def test_after_a_kill_of_everything_it_starts_again(
        self, servers: RunningMesh, server_directory: Path
    ) -> None:
        for pid in (servers.supervisor.pid, *_pids(servers)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        with started_mesh(server_directory / "servers-only", servers.base, _servers_only) as again:
            again.wait_until_ready()


class TestRefusing:
    def test_a_second_one_on_the_same_data_is_told_of_the_first(
        self, servers: RunningMesh, tmp_path: Path
    ) -> None:
        second = Child(supervisor(servers.home, free_block()), tmp_path / "log")

        until(lambda: second.exit_code is not None, lambda: "it ends", within=20)
        assert second.exit_code == 1
        assert "is already running; `make down` stops it" in (tmp_path / "log").read_text()

    def test_a_taken_port_is_named_and_nothing_is_started(
        self, servers: RunningMesh, server_directory: Path, tmp_path: Path
    ) -> None:
        home = replace(servers.home, root=server_directory / "another")

        second = Child(supervisor(home, servers.base), tmp_path / "log")

        until(lambda: second.exit_code is not None, lambda: "it ends", within=20)
        said = (tmp_path / "log").read_text()
        assert second.exit_code == 1
        assert f"port {servers.base + 3} (for postgres)" in said
        assert "MESH_PORT_BASE" in said
        assert not home.postgres.exists()
