"""The bare script as a child process with a database server of its own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.documents.bare import Place
from benchmarks.documents.corpus import Written
from deploy.local.ports import free_ports
from deploy.local.postgres import PostgresServer
from shared import migrations
from tests.servers import Postgres, held


@dataclass(frozen=True, slots=True)
class Told:
    """What the script says of a list that it worked off."""

    seconds: float
    stages: dict[str, float]
    passages: int


@dataclass(frozen=True, slots=True)
class Running:
    """A script that waits for documents."""

    process: "subprocess.Popen[str]"
    database: int

    @property
    def roots(self) -> dict[str, int]:
        """Its processes by name."""
        return {"bare script": self.process.pid, "its postgres": self.database}

    def work(self, documents: Sequence[Written]) -> Told:
        """Have it work off some documents."""
        assert self.process.stdin  # noqa: S101  # it was started with one
        self.process.stdin.write(
            json.dumps([(str(one.path), one.media_type) for one in documents]) + "\n"
        )
        self.process.stdin.flush()
        return Told(**json.loads(self._line()))

    def wait_until_ready(self) -> None:
        """Wait for its first word."""
        if self._line() != "ready\n":
            raise RuntimeError("the bare script did not start")

    def _line(self) -> str:
        assert self.process.stdout  # noqa: S101  # it was started with one
        return self.process.stdout.readline()


@contextmanager
def running_script(directory: Path, model: Path) -> Iterator[Running]:
    """Run the script for the length of a block, as durable as the mesh is."""
    directory.mkdir(mode=0o711)
    (port,) = free_ports(1)
    server = PostgresServer(directory / "postgres", port, "bench")
    with held(server, directory / "postgres.log") as holding:
        url = asyncio.run(_database(Postgres(server, holding)))
        place = Place(url, str(directory / "index"), str(model))
        command = (sys.executable, "-m", "benchmarks.documents.bare", json.dumps(asdict(place)))
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            script = Running(process, holding.child.pid)
            script.wait_until_ready()
            yield script
            assert process.stdin  # noqa: S101  # it was started with one
            process.stdin.close()


async def _database(server: Postgres) -> str:
    url = await server.fresh_database(vector=True)
    await migrations.upgrade(url, "search")
    return url
