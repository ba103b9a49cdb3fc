"""Second replicas of services: kept running like the first, each behind wires of its own."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from deploy.local import service
from deploy.local.keeper import Keeper, Watched
from deploy.local.mesh import Mesh
from deploy.local.ports import free_ports
from deploy.local.program import Program
from deploy.local.status import Board, Status
from tests.chaos.wire import HOST, Wire

ALONE: Final = frozenset({"search"})
"""The embedded text index allows one replica (`services/search/index/lock.py`)."""
_PROBE: Final = 3.0


@dataclass
class Replica:
    """The second process of one service."""

    service: str
    port: int
    wires: Mapping[str, Wire]
    board: Board

    @property
    def name(self) -> str:
        """How it is called in logs and reports."""
        return f"{self.service}-2"

    @property
    def status(self) -> Status:
        """How it is."""
        return self.board[self.name]

    def cut(self) -> None:
        """Take its network away: broker, database and objects are out of reach, unannounced."""
        for wire in self.wires.values():
            wire.cut()

    def mend(self) -> None:
        """Give it back."""
        for wire in self.wires.values():
            wire.mend()

    def program(self, mesh: Mesh) -> Program:
        """Run it as the first one, at its own port and with its own wires for addresses."""
        first = mesh.service(self.service)
        own = f"MESH_{self.service.upper()}_"
        environment = {
            name: self._rewired(value) if name.endswith("_URL") else value
            for name, value in first.environment.items()
        }
        return replace(first, environment=environment | {f"{own}HTTP_PORT": str(self.port)})

    def _rewired(self, address: str) -> str:
        for wire in self.wires.values():
            address = address.replace(f"{HOST}:{wire.to}", f"{HOST}:{wire.port}")
        return address


@dataclass
class Replicas:
    """All second replicas of one mesh."""

    mesh: Mesh
    all: dict[str, Replica] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    _keeping: dict[str, tuple[Keeper, asyncio.Task[None]]] = field(default_factory=dict)

    async def start(self) -> None:
        """Start one for every service that may have two."""
        board = Board(self.mesh.home.status.with_name("replicas.json"), self.mesh.address)
        names = [name for name in self.mesh.service_names() if name not in ALONE]
        for name, port in zip(names, free_ports(len(names)), strict=True):
            replica = Replica(name, port, await self._wires(), board)
            self.all[replica.name] = replica
            keeper = Keeper(self._watched(replica), board, self.said.append)
            task = asyncio.create_task(keeper.keep(), name=f"keep {replica.name}")
            self._keeping[replica.name] = (keeper, task)

    async def stop(self) -> None:
        """Take them down, and their wires."""
        for keeper, task in self._keeping.values():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            keeper.kill()
        for replica in self.all.values():
            for wire in replica.wires.values():
                await wire.close()

    async def _wires(self) -> dict[str, Wire]:
        ports = self.mesh.ports
        servers = {"postgres": ports.postgres, "objects": ports.objects[0]}
        for number, (clients, monitor, _) in enumerate(ports.brokers, start=1):
            servers |= {f"nats-{number}": clients, f"monitor-{number}": monitor}
        return {name: await Wire(to).open() for name, to in servers.items()}

    def _watched(self, replica: Replica) -> Watched:
        async def probe() -> None:
            await asyncio.to_thread(partial(service.probe, replica.port), _PROBE)

        return Watched(
            program=lambda: replica.program(self.mesh),
            probe=probe,
            name=replica.name,
            log=self.mesh.home.log(replica.name),
            port=replica.port,
            every=2.0,
        )


@asynccontextmanager
async def second_replicas(mesh: Mesh) -> AsyncGenerator[Replicas]:
    """Run them for the length of a block."""
    replicas = Replicas(mesh)
    try:
        await replicas.start()
        yield replicas
    finally:
        await replicas.stop()
