"""The mesh that is mistreated: first replicas under its supervisor, second ones beside them."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx
import nats
from nats.aio.client import Client

from deploy.local.home import Home
from deploy.local.mesh import Mesh
from deploy.local.plan import GATEWAY, Ports
from deploy.local.ports import free_block, is_free
from deploy.local.postgres import HOST
from deploy.local.program import Child
from deploy.local.status import State, Status
from shared.manifest import all_manifests
from shared.provision import broker
from tests.chaos.counts import ALONE, Counter
from tests.chaos.division import Division
from tests.chaos.replicas import Replicas, second_replicas
from tests.chaos.schedule import BROKER
from tests.mesh import RunningMesh, supervisor
from tests.waiting import until, until_found

READY_WITHIN = 300.0
WHOLE_WITHIN = 60.0


@dataclass
class Rig:
    """Everything that a fault can hit, and the ways to look behind it."""

    running: RunningMesh
    mesh: Mesh
    replicas: Replicas
    counter: Counter
    division: Division

    @property
    def gateways(self) -> tuple[str, str]:
        """Where people come in."""
        second = self.replicas.all[f"{GATEWAY}-2"]
        return self.running.address, f"http://{HOST}:{second.port}"

    @property
    def services(self) -> list[str]:
        """All services by name."""
        return self.mesh.service_names()

    @property
    def doubled(self) -> list[str]:
        """Those of which two run; and the broker, if its nodes can be parted."""
        services = [replica.service for replica in self.replicas.all.values()]
        return [*services, *([BROKER] if self.division.ways else [])]

    def statuses(self) -> list[Status]:
        """How every process is; nothing of the first ones while no supervisor tells."""
        seen = self.running.seen()
        first = list(seen.processes) if seen else []
        return first + [replica.status for replica in self.replicas.all.values()]

    def pid(self, name: str) -> int | None:
        """The process of that name, if one runs."""
        if name == "supervisor":
            return self.running.supervisor.pid
        return next((one.pid for one in self.statuses() if one.name == name), None)

    async def is_whole(self) -> bool:
        """See whether every process is ready, and the broker holds all that it should."""
        seen = self.running.seen()
        ready = seen is not None and seen.ready and all(map(_is_ready, self.statuses()))
        return ready and await self.counter.is_well()

    async def until_whole(self, within: float = WHOLE_WITHIN) -> None:
        """Wait until every process is ready."""
        try:
            await until_found(self.is_whole, within)
        except TimeoutError:
            late = [f"{x.name}: {x.detail}" for x in self.statuses() if not _is_ready(x)]
            raise TimeoutError(f"not ready within {within:g} s: {late}") from None

    async def start_again(self) -> None:
        """Start a supervisor in the place of one that has ended, as `make up` does."""
        ports = [port for name, port in self.mesh.ports.named().items() if name]
        await until(lambda: all(map(is_free, ports)), within=30)
        self.running.supervisor = _supervisor(self.running.home, self.running.base, self.division)
        await until(lambda: (seen := self.running.seen()) is not None and seen.ready, READY_WITHIN)

    async def broker(self) -> Client:
        """Connect to the broker as its administrator."""
        return await nats.connect(
            [f"nats://{HOST}:{clients}" for clients, _, _ in self.mesh.ports.brokers],
            user=broker.ADMIN,
            password=self.mesh.vault.secret(f"nats-{broker.ADMIN}"),
        )

    @asynccontextmanager
    async def database(self, name: str) -> AsyncGenerator[asyncpg.Connection]:
        """Look into one service's database as the administrator."""
        connection = await asyncpg.connect(
            host=HOST,
            port=self.mesh.ports.postgres,
            user="postgres",
            password=self.mesh.vault.secret("postgres-admin"),
            database=name,
        )
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def rig(directory: Path, brokers: int = 1) -> AsyncGenerator[Rig]:
    """Run a mesh with second replicas for the length of a block; nothing of it outlives us."""
    home = Home(directory / "data")
    home.make()
    ports = Ports.plan(free_block(), all_manifests(), brokers)
    mesh = Mesh(home, ports, all_manifests())
    division = await Division.lay([others for _, _, others in ports.brokers])
    running = RunningMesh(home, ports.base, _supervisor(home, ports.base, division))
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            await until(lambda: (seen := running.seen()) is not None and seen.ready, READY_WITHIN)
            async with second_replicas(mesh) as replicas:
                made = Rig(running, mesh, replicas, Counter(http, _monitors(ports)), division)
                await made.until_whole(READY_WITHIN)
                yield made
    finally:
        running.supervisor.stop_now()
        await division.close()


def _supervisor(home: Home, base: int, division: Division) -> Child:
    """Start it: as `make run` does, but for the wires between nodes where there are any."""
    program = supervisor(home, base)
    if routes := division.routes:
        told = (str(home.root), str(base), json.dumps(routes))
        command = (sys.executable, "-m", "tests.chaos.supervised", *told)
        program = replace(program, command=command)
    return Child(program, home.log("supervisor"))


def _monitors(ports: Ports) -> dict[str, str]:
    """Name the nodes, with the address where each can be looked at."""
    numbered = enumerate(ports.brokers, start=1)
    return {
        ALONE if ports.nodes == 1 else f"{ALONE}-{number}": f"http://{HOST}:{monitor}"
        for number, (_, monitor, _) in numbered
    }


def _is_ready(status: Status) -> bool:
    return status.state is State.READY


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not only its remains."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def send(pid: int | None, number: signal.Signals) -> bool:
    """Send a signal; tell whether anybody was there to get it."""
    if pid is None:
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def children(pid: int) -> dict[int, str]:
    """List the children of a process with what they call themselves."""
    found: dict[int, str] = {}
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    for one in listed.read_text(encoding="ascii").split() if listed.exists() else ():
        try:
            words = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue
        found[int(one)] = words.decode(errors="replace").strip()
    return found


async def passing(seconds: float, pid: int | None = None) -> None:
    """Let time pass, but not longer than a process lives."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and (pid is None or is_alive(pid)):
        await asyncio.sleep(0.1)
