"""One service as a process of its own on real servers, and somebody who talks to it."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.local.ports import free_ports
from shared.bus import Address, Bus
from shared.cause import Cause
from shared.database import Database
from shared.envelope import Envelope
from shared.manifest import Manifest, manifest_of
from shared.messages import Command, Event, Message
from shared.migrations import upgrade
from shared.provision import broker, streams
from tests import servers
from tests.servers import Nats, Postgres
from tests.waiting import until_found

ROOT = Path(__file__).resolve().parents[3]
SOMEBODY = "somebody"


@dataclass
class ServiceProcess:
    """A broker with users and a database, both provisioned for one service."""

    name: str
    nats: Nats
    database_url: str
    log: Path
    settings: dict[str, str]
    port: int = field(default_factory=lambda: free_ports(1)[0])

    @asynccontextmanager
    async def running(self, **more: str) -> AsyncGenerator[asyncio.subprocess.Process]:
        """Run the service for the length of a block, ready from its first line on."""
        process = await self._start(more)
        try:
            async with httpx.AsyncClient(trust_env=False) as http:
                await until_found(lambda: self._is_ready(http), within=90)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def refusal(self, **more: str) -> int:
        """Start the service when it cannot serve, and tell its exit code."""
        process = await self._start(more)
        async with asyncio.timeout(20):
            return await process.wait()

    @asynccontextmanager
    async def somebody(self) -> AsyncGenerator[Bus]:
        """Connect as somebody who may ask and tell the service everything, and hears its events."""
        bus = Bus(SOMEBODY, Address(self.nats.url, SOMEBODY, SOMEBODY))
        await bus.start()
        yield bus
        await bus.stop()

    async def tell(self, bus: Bus, command: Command, cause: Cause) -> None:
        """Publish a command as an outbox would."""
        headers = Envelope.seal(command, cause, source=SOMEBODY).headers()
        body = command.model_dump_json().encode()
        stream = command.subject.stream
        await bus.publish_stored(command.address, body, headers, stream=stream)

    async def database(self) -> Database:
        """Look into the service's database; the caller closes it."""
        return await Database.connect(self.database_url, source=SOMEBODY)

    def said(self) -> str:
        """Give what it logged."""
        return self.log.read_text(encoding="utf-8")

    async def _start(self, more: dict[str, str]) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"services.{self.name}",
                cwd=ROOT,
                env=self._environment(self.settings | more),
                stdout=log,
                stderr=log,
            )

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        told = {
            "nats_url": self.nats.url,
            "nats_monitor_url": f"http://127.0.0.1:{self.nats.server.monitor_port}",
            "nats_password": self.name,
            "database_url": self.database_url,
            "http_port": str(self.port),
            **settings,
        }
        prefix = f"MESH_{self.name.upper()}_"
        return {"PATH": os.environ["PATH"]} | {prefix + k.upper(): v for k, v in told.items()}

    async def _is_ready(self, http: httpx.AsyncClient) -> bool:
        try:
            answer = await http.get(f"http://127.0.0.1:{self.port}/readyz")
        except httpx.TransportError:
            return False
        return answer.is_success


@dataclass
class Ear:
    """Remembers events in passing, with the version they spoke of."""

    heard: list[Event] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)

    async def listen(self, bus: Bus, *events: type[Event]) -> None:
        """Begin to hear."""
        for event in events:
            await bus.follow(event, self._hear)
        await bus.connection.flush()

    async def _hear(self, event: Event, cause: Cause) -> None:
        self.heard.append(event)
        self.causes.append(cause)


def somebody_of(service: Manifest) -> Manifest:
    """Make the manifest of somebody who talks to a service from all sides."""
    return Manifest(
        name=SOMEBODY,
        summary="Talks to one service.",
        says=tuple(subject for subject in service.hears if subject.kind == "cmd"),
        hears=(),
        asks=service.answers,
        answers=(),
        follows=tuple(subject for subject in service.says if subject.kind == "evt"),
        buckets=(),
        pushes=False,
        reads_push=False,
        discovers=False,
        database=False,
        extensions=(),
    )


@asynccontextmanager
async def provisioned(
    service: str, directory: Path, postgres: Postgres, log: Path, **settings: str
) -> AsyncGenerator[ServiceProcess]:
    """Start and provision what one service needs; the service itself is not started yet."""
    manifests = [manifest_of(service), somebody_of(manifest_of(service))]
    passwords = {broker.ADMIN: "admin", **{one.name: one.name for one in manifests}}
    database_url = await postgres.fresh_database()
    await upgrade(database_url, service)
    with servers.nats(directory, accounts=broker.users(manifests, passwords)) as nats:
        admin = Bus(broker.ADMIN, Address(nats.url, broker.ADMIN, "admin"))
        await admin.connect()
        sizes = streams.Sizes(stream_bytes=64 * 1024 * 1024, ack_wait=3.0)
        await streams.apply(admin.jetstream, streams.plan(manifests, sizes))
        await admin.stop()
        yield ServiceProcess(service, nats, database_url, log, settings)


def of_kind(messages: list[Event], kind: type[Message]) -> list[Event]:
    """Pick the messages of one class."""
    return [one for one in messages if isinstance(one, kind)]
