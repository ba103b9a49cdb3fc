"""The parts that every service has, connected: its settings, its bus, its database, its HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Generic, TypeVar

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from shared import logs
from shared.bus import Address, Bus
from shared.database import Database
from shared.health import Check, Health, NotReady
from shared.manifest import Manifest
from shared.problems import Away
from shared.provision.sync import Proof
from shared.relay import Keeping, Relay
from shared.settings import BadSettings, ServiceSettings
from shared.web import Observed

BETWEEN_ATTEMPTS: Final = 0.5
CONNECT_SECONDS: Final = 2.0
_OURS: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own spans hold whole addresses, and so what people search for; `Observed` does not."""

S = TypeVar("S", bound=ServiceSettings)
Background = Callable[[], Coroutine[Any, Any, None]]
log = logs.get(__name__)


class NoDatabase(Exception):
    """A service uses a database that its manifest does not speak of."""


@dataclass(slots=True)
class Process(Generic[S]):
    """What `assemble` gets, to hang its own parts on."""

    name: str
    settings: S
    bus: Bus
    http: FastAPI
    health: Health
    stack: AsyncExitStack
    """Closed last, in reverse order: clients, pools, files."""
    draining: asyncio.Event
    """Set when the process was told to go and still finishes what it has in hand."""
    backgrounds: dict[str, Background] = field(default_factory=dict)
    _database: Database | None = None

    @property
    def database(self) -> Database:
        """The service's own database; its manifest must say `database = true`."""
        if self._database is None:
            raise NoDatabase(f"the manifest of {self.name} does not say `database = true`")
        return self._database

    def background(self, name: str, run: Background) -> None:
        """Run something beside the rest until the end; if it fails, the process ends."""
        self.backgrounds[name] = run

    def probe(self, name: str, check: Check) -> None:
        """Be ready only while `check` returns without raising."""
        self.health.probe(name, check)


async def prepare(manifest: Manifest, settings: S, http: str, stack: AsyncExitStack) -> Process[S]:
    """Connect everything that the manifest says is needed; it is closed in reverse at the end."""
    name = manifest.name
    database = await _database(manifest, settings, stack) if manifest.database else None
    bus = Bus(name, _address(settings), database, http=http)
    draining = asyncio.Event()
    stack.push_async_callback(_close, bus, draining)
    await _until(lambda: bus.connect(CONNECT_SECONDS), "the broker", settings.start_seconds)
    app = FastAPI(
        title=f"studymesh {name}",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=_OURS,
    )
    app.add_middleware(Observed)
    process = Process(name, settings, bus, app, Health(name), stack, draining, _database=database)
    process.health.mount(app)
    process.background("healing", process.health.heal)
    proof = Proof(settings.nats_monitor_url) if settings.nats_monitor_url else None
    process.probe("bus", lambda: _bus_is_up(bus, proof))
    if database is not None:
        process.probe("database", database.ping)
        relay = Relay(database, bus, _keeping(settings))
        process.probe("outbox", relay.check)
        process.background("turns", bus.take_turns)
        process.background("relay", relay.run)
        process.background("sweep", relay.sweep)
    return process


async def _database(
    manifest: Manifest, settings: ServiceSettings, stack: AsyncExitStack
) -> Database:
    if settings.database_url is None:
        variable = f"MESH_{manifest.name.upper().replace('-', '_')}_DATABASE_URL"
        raise BadSettings(f"{manifest.name} needs database_url: set {variable}")
    url = settings.database_url.get_secret_value()
    database = await Database.connect(url, source=manifest.name, pool=settings.database_pool)
    stack.push_async_callback(database.close)
    await _until(database.ping, "the database", settings.start_seconds)
    return database


def _keeping(settings: ServiceSettings) -> Keeping:
    return Keeping(
        published=timedelta(days=settings.outbox_days),
        handled=timedelta(days=settings.inbox_days),
        limit=settings.outbox_limit,
    )


def _address(settings: ServiceSettings) -> Address:
    password = settings.nats_password.get_secret_value()
    return Address(settings.nats_url, settings.nats_user, password)


async def _until(attempt: Callable[[], Awaitable[object]], what: str, within: float) -> None:
    """Try until it is there, patiently at the start: servers may come up after us."""
    reason = ""
    try:
        async with asyncio.timeout(within):
            while True:
                try:
                    await attempt()
                except Away as away:
                    reason = away.detail
                    log.info("waiting", what=what, reason=reason)
                    await asyncio.sleep(BETWEEN_ATTEMPTS)
                else:
                    return
    except TimeoutError:
        raise Away(f"{what} did not answer within {within:g} s; {reason}") from None


async def _close(bus: Bus, draining: asyncio.Event) -> None:
    """Go at once if there was time to finish; else, as at a failed start, finish first."""
    if draining.is_set():
        await bus.connection.close()
    else:
        await bus.stop()


async def _bus_is_up(bus: Bus, proof: Proof | None) -> None:
    if not bus.connection.is_connected:
        raise NotReady("not connected to the broker")
    if bus.denied:
        raise NotReady(f"the broker refused: {bus.denied}")
    if proof is not None:
        await proof.hold(bus.connection.stats["reconnects"])
