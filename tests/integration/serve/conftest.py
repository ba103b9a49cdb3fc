"""An echo process with its servers, made ready and told to go by tests."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import nats
import pytest

from deploy.local.ports import free_ports
from shared import tables
from shared.manifest import Manifest
from shared.provision import streams
from tests.servers import Nats, Postgres
from tests.servers import nats as broker

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
MANIFEST = Manifest.read(HERE / "echo.toml")
COMMAND = (sys.executable, "-m", "tests.integration.serve.echo", str(HERE))


@dataclass
class Echo:
    """One echo process, started with an environment of its own."""

    environment: dict[str, str]
    log: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, **settings: str) -> None:
        """Start it, not waiting for anything."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(COMMAND, cwd=ROOT, env=self._told(settings), stderr=log)

    def explain(self, **settings: str) -> str:
        """Ask how it would be set."""
        asked = [*COMMAND, "--explain"]
        return subprocess.check_output(asked, cwd=ROOT, env=self._told(settings), text=True)

    def _told(self, settings: dict[str, str]) -> dict[str, str]:
        told = {f"MESH_ECHO_{name.upper()}": value for name, value in settings.items()}
        return {**self.environment, "MESH_ECHO_HTTP_PORT": str(self.port), **told}

    @property
    def running(self) -> "subprocess.Popen[bytes]":
        """The process that was started."""
        assert self.process is not None
        return self.process

    def get(self, path: str) -> httpx.Response:
        """Ask it by HTTP."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)

    def post(self, path: str, **headers: str) -> httpx.Response:
        """Tell it by HTTP."""
        return httpx.post(f"http://127.0.0.1:{self.port}{path}", timeout=5, headers=headers)

    def is_ready(self) -> bool:
        """Say whether it answers that it is ready."""
        try:
            return self.get("/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def said(self) -> str:
        """Give what it logged."""
        return self.log.read_text(encoding="utf-8")

    def wait_until_ready(self) -> None:
        """Wait until it is ready."""
        wait_until(self.is_ready, lambda: f"not ready: {self.said()[-2000:]}")

    def wait_until_gone(self, within: float = 20.0) -> int:
        """Wait until it ended, and give its exit code."""
        return self.running.wait(within)

    def has_heard(self, identity: str) -> bool:
        """Say whether something came back."""
        ids: list[str] = self.get("/echoes").json()["ids"]
        return identity in ids


def wait_until(
    condition: Callable[[], bool],
    otherwise: Callable[[], str] = lambda: "in vain",
    within: float = 20.0,
) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)


@pytest.fixture
def own_broker(server_directory: Path) -> Generator[Nats]:
    """A broker that a test may stop."""
    with broker(server_directory) as started:
        yield started


@pytest.fixture
async def database_url(postgres: Postgres) -> str:
    """A fresh database with the tables that every service has."""
    url = await postgres.fresh_database()
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    statements: list[str] = []
    tables.create(statements.append)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
    return url


@pytest.fixture
async def environment(own_broker: Nats, database_url: str) -> dict[str, str]:
    """What an echo is told whose servers are there and provisioned."""
    connection = await nats.connect(own_broker.url)
    await streams.apply(connection.jetstream(), streams.plan([MANIFEST]))
    await connection.close()
    return {
        "PATH": os.environ["PATH"],
        "MESH_NATS_URL": own_broker.url,
        "MESH_NATS_PASSWORD": "",
        "MESH_NATS_MONITOR_URL": f"http://127.0.0.1:{own_broker.server.monitor_port}",
        "MESH_ECHO_NATS_USER": "",
        "MESH_ECHO_DATABASE_URL": database_url,
    }


@pytest.fixture
def echo(environment: dict[str, str], tmp_path: Path) -> Generator[Echo]:
    """An echo whose servers are there and provisioned; it is not started yet."""
    started = Echo(environment, tmp_path / "echo.log")
    yield started
    if started.process is not None and started.process.poll() is None:
        started.process.kill()
        started.process.wait()
