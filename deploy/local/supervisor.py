"""Brings a mesh up in order, keeps every process of it running, and takes it down in order."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from typing import Final

from deploy import provision
from deploy.local import logs, service
from deploy.local.keeper import DEAF, NODE_DEAF, STARTING, Keeper, Tell, Watched
from deploy.local.mesh import Mesh
from deploy.local.nats import NatsServer
from deploy.local.plan import GATEWAY
from deploy.local.program import Child, Program, plain_environment
from deploy.local.server import Server
from deploy.local.service import ROOT
from deploy.local.status import Board

PROBE_SECONDS: Final = 3.0
SERVICE_PROBED_EVERY: Final = 5.0
"""They are only reported, and all are asked at once when anything is lost."""
LOGS_BOUNDED_EVERY: Final = 10.0
_STEP_TRIES: Final = 5
_STEP_PAUSE: Final = 2.0
_GIVEN_UP: Final = 78
"""The exit code of a step that refuses, and would refuse again."""


class StepFailed(RuntimeError):
    """A step of the set-up did not succeed; its last words are in the message."""


class Supervisor:
    """One mesh, run by this process."""

    def __init__(self, mesh: Mesh, tell: Tell) -> None:
        """Know the parts; nothing is started yet."""
        self._mesh = mesh
        self._tell = tell
        self._board = Board(mesh.home.status, mesh.address)
        self._probing = ThreadPoolExecutor(32, thread_name_prefix="probe")
        self._servers: list[Keeper] = []
        self._services: list[Keeper] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Run the mesh until we are told to stop, then stop it; twice told, stop it at once."""
        stopped = _told_to_stop()
        life = asyncio.create_task(self._live())
        told = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait({life, told}, return_when=asyncio.FIRST_COMPLETED)
            if life.done():
                life.result()
        finally:
            told.cancel()
            stopped.clear()
            await self._take_down(life, stopped)

    async def _live(self) -> None:
        model = asyncio.create_task(self._model())
        try:
            for server in self._mesh.servers():
                await asyncio.to_thread(server.prepare)
            self._servers = [self._keep(self._watched_server(one)) for one in self._mesh.servers()]
            await _all_ready(self._servers)
            await self._step("provision", *self._provisioning())
            await model
        finally:
            model.cancel()
        self._services = [
            self._keep(self._watched_service(name)) for name in self._mesh.service_names()
        ]
        self._board.settle()
        await _all_ready(self._services)
        self._tell(f"The mesh is ready at {self._mesh.address} (people: {self._mesh.address}/docs)")
        while True:
            logs.bound(self._mesh.home.logs)
            await asyncio.sleep(LOGS_BOUNDED_EVERY)

    def _keep(self, watched: Watched) -> Keeper:
        keeper = Keeper(watched, self._board, self._tell)
        self._tasks.append(asyncio.create_task(keeper.keep(), name=watched.name))
        return keeper

    def _watched_server(self, server: Server) -> Watched:
        def prepared() -> Program:
            server.prepare()
            return server.program()

        return Watched(
            program=prepared,
            probe=self._in_thread(server.probe),
            name=server.name,
            log=self._mesh.home.log(server.name),
            port=server.ports[0],
            deaf=NODE_DEAF if isinstance(server, NatsServer) and server.peers else DEAF,
            starting=STARTING,
        )

    def _watched_service(self, name: str) -> Watched:
        port = self._mesh.ports.services[name]
        return Watched(
            program=lambda: self._mesh.service(name),
            probe=self._in_thread(partial(service.probe, port)),
            name=name,
            log=self._mesh.home.log(name),
            port=port,
            every=SERVICE_PROBED_EVERY,
        )

    def _in_thread(self, probe: Callable[[float], None]) -> Callable[[], "asyncio.Future[None]"]:
        def ask() -> "asyncio.Future[None]":
            loop = asyncio.get_running_loop()
            return loop.run_in_executor(self._probing, probe, PROBE_SECONDS)

        return ask

    async def _model(self) -> None:
        await self._step("model", ("deploy.model", "--to", str(self._mesh.home.model)), {})

    def _provisioning(self) -> tuple[tuple[str, ...], dict[str, str]]:
        told = json.dumps(asdict(self._mesh.provision()))
        return ("deploy.provision",), {provision.VARIABLE: told}

    async def _step(self, name: str, module: tuple[str, ...], secrets: dict[str, str]) -> None:
        """Run a step of the set-up as a process of its own; try again when a server was away."""
        log = self._mesh.home.log(name)
        program = Program(
            name=name,
            command=(sys.executable, "-m", *module),
            directory=ROOT,
            environment=plain_environment() | secrets,
        )
        for attempt in range(_STEP_TRIES):
            if attempt:
                await asyncio.sleep(_STEP_PAUSE)
            child = Child(program, log)
            try:
                code = await child.until_ended()
            finally:
                child.kill()
            self._tell(f"{name}: {logs.last_words(log, 1)}")
            if code == 0:
                return
            if code == _GIVEN_UP:
                break
        raise StepFailed(f"{name} failed: {logs.last_words(log)} (all of it: {log})")

    async def _take_down(self, life: "asyncio.Task[None]", stopped: asyncio.Event) -> None:
        """Gateway, services, servers: whoever is needed by others goes after them."""
        if not self._servers:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            return
        self._tell("Stopping everything …")
        for task in (life, *self._tasks):
            task.cancel()
        await asyncio.gather(life, *self._tasks, return_exceptions=True)
        hurry = asyncio.create_task(self._hurry(stopped))
        try:
            for group in self._in_order():
                await asyncio.gather(*(keeper.stop() for keeper in group))
        finally:
            hurry.cancel()
            self._probing.shutdown(wait=False, cancel_futures=True)
        for server in self._mesh.servers():
            server.tidy()
        self._tell("Everything is stopped.")

    def _in_order(self) -> Iterable[list[Keeper]]:
        yield [one for one in self._services if one.watched.name == GATEWAY]
        yield [one for one in self._services if one.watched.name != GATEWAY]
        yield self._servers

    async def _hurry(self, stopped: asyncio.Event) -> None:
        await stopped.wait()
        self._tell("… at once.")
        for keeper in (*self._services, *self._servers):
            keeper.kill()


async def _all_ready(keepers: Iterable[Keeper]) -> None:
    await asyncio.gather(*(keeper.ready.wait() for keeper in keepers))


def _told_to_stop() -> asyncio.Event:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told
