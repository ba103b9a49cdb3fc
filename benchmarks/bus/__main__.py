"""Measure a message's way with and without the mesh: `python -m benchmarks.bus`.

`MESSAGES` (5,000) go each way, at full speed: stage by stage, then said and handled at once. Then
the mesh is spoken to at a steady `PACE` (300 a second), and the delays are told. Every side is a
process.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchmarks import processes
from benchmarks.bus import report
from benchmarks.bus.place import Place
from benchmarks.bus.report import ALONE, AT_ONCE, RAW, TOGETHER, Delays, Stage
from deploy.local.ports import free_ports
from deploy.local.postgres import PostgresServer
from shared.provision import broker
from tests.integration.shared.lab import MANIFESTS, PASSWORDS, Happened, Lab
from tests.servers import Held, held, nats, reachable_directory

_HEAR: Final[dict[str, dict[str, int]]] = {ALONE: {}, TOGETHER: {"together": True, "batch": 64}}
_STAGES: Final = (
    ("publish, bare", "raw-publish", (RAW,)),
    ("handle, bare", "raw-handle", (RAW,)),
    ("say (outbox)", "say", (ALONE, TOGETHER)),
    ("carry (relay)", "carry", (ALONE, TOGETHER)),
    (f"handle (inbox), {ALONE}", "hear", (ALONE,)),
    ("say again", "say", ()),
    ("carry again", "carry", ()),
    (f"handle (inbox), {TOGETHER}", "hear", (TOGETHER,)),
)


@dataclass(frozen=True, slots=True)
class Bench:
    """The servers, and what is to be done."""

    lab: Lab
    place: Place
    servers: dict[str, int]

    async def measure(self) -> tuple[list[Stage], list[Delays]]:
        """Go every way, one after the other."""
        stages = []
        for name, which, ways in _STAGES:
            print(f"{name} …", flush=True)
            stages.append(await self._stage(name, which, ways))
        for way in _HEAR:
            print(f"said and handled at once, {way} …", flush=True)
            stages.append(await self._at_once(way))
        delays = []
        for way in _HEAR:
            print(f"{self.place.pace:g} messages a second, {way} …", flush=True)
            delays.append(await self._steadily(way))
        return [one for one in stages if one.ways], delays

    async def _stage(self, name: str, which: str, ways: tuple[str, ...]) -> Stage:
        options = _HEAR.get(ways[0], {}) if ways else {}
        before = processes.cpu(self.servers)
        told = await _told(_start(which, replace(self.place, pace=0.0, options=options)))
        after = processes.cpu(self.servers)
        used = {server: after[server] - before[server] for server in after}
        return Stage(name, ways, self.place.count, told["seconds"], told["cpu"], used)

    async def _at_once(self, way: str) -> Stage:
        """Speak as fast as can be while another process listens: from the first word to the end."""
        before = processes.cpu(self.servers)
        said, heard = await self._both(replace(self.place, pace=0.0, options=_HEAR[way]))
        after = processes.cpu(self.servers)
        took = max(heard["times"].values()) - min(said["times"].values())
        used = {server: after[server] - before[server] for server in after}
        name, cpu = f"{AT_ONCE}, {way}", said["cpu"] + heard["cpu"]
        return Stage(name, (AT_ONCE,), self.place.count, took, cpu, used)

    async def _steadily(self, way: str) -> Delays:
        """Speak and listen at once; when each was stored, the stream tells."""
        last = await self._last()
        said, heard = await self._both(replace(self.place, options=_HEAR[way]))
        stored = await self._stored(last)
        return Delays(
            way,
            self.place.pace,
            [stored[thing] - at for thing, at in said["times"].items()],
            [heard["times"][thing] - at for thing, at in said["times"].items()],
        )

    async def _both(self, place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
        """Have one process speak and another, which listens already, handle it."""
        listening = _start("hear", place)
        await asyncio.to_thread(_first_line, listening)
        speaking = _start("speak", place)
        return await _told(speaking), await _told(listening)

    async def _last(self) -> int:
        jetstream = (await self.lab.connect(broker.ADMIN)).jetstream()
        return int((await jetstream.stream_info(Happened.subject.stream)).state.last_seq)

    async def _stored(self, after: int) -> dict[str, float]:
        jetstream = (await self.lab.connect(broker.ADMIN)).jetstream()
        stored = await jetstream.subscribe(
            str(Happened.subject), stream=Happened.subject.stream, ordered_consumer=True
        )
        times: dict[str, float] = {}
        while len(times) < self.place.count:
            message = await stored.next_msg(timeout=10)
            if message.metadata.sequence.stream > after:
                thing = json.loads(message.data)["thing_id"]
                times[thing] = message.metadata.timestamp.timestamp()
        return times


def main() -> None:
    """Start the servers, measure, print."""
    count, pace = (
        int(os.environ.get(name) or default)
        for name, default in (("MESSAGES", 5_000), ("PACE", 300))
    )
    users = broker.users(MANIFESTS.values(), PASSWORDS)
    with (
        reachable_directory() as directory,
        _postgres(directory) as (server, database),
        nats(directory, accounts=users) as broker_server,
    ):
        roots = {"postgres": database.child.pid, "nats": broker_server.held.child.pid}

        async def measured() -> None:
            async with AsyncExitStack() as stack:
                lab = Lab(broker_server, server.admin_url.replace("+asyncpg", ""), stack)
                await lab.prepare()
                urls = {name: lab.database_url(name) for name in MANIFESTS}
                place = Place(broker_server.url, urls, count, pace)
                report.show(*await Bench(lab, place, roots).measure())

        asyncio.run(measured())


@contextmanager
def _postgres(directory: Path) -> Iterator[tuple[PostgresServer, Held]]:
    """Run a database server that waits for the disk, as a mesh's does."""
    (port,) = free_ports(1)
    server = PostgresServer(directory / "postgres", port, "bench")
    with held(server, directory / "postgres.log") as holding:
        yield server, holding


def _start(which: str, place: Place) -> "subprocess.Popen[str]":
    command = (sys.executable, "-m", "benchmarks.bus.side", which, place.written())
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _first_line(side: "subprocess.Popen[str]") -> str:
    """Wait until it says something, which a listener does when it listens."""
    return side.stdout.readline() if side.stdout else ""


async def _told(side: "subprocess.Popen[str]") -> dict[str, Any]:
    said, _ = await asyncio.to_thread(side.communicate)
    if side.returncode:
        raise RuntimeError(f"{side.args!r} failed")
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told


if __name__ == "__main__":
    main()
