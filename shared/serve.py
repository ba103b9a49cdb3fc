"""One service as one process: set up, assembled, served, and drained when it is told to go."""

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import uvicorn
import uvloop
from fastapi import FastAPI

from shared import logs, telemetry
from shared.bus import Address, Bus
from shared.database import Database
from shared.health import Check, Health, NotReady
from shared.manifest import BadManifest, Manifest, manifest_of
from shared.problems import Away
from shared.provision.sync import prove_sync_always
from shared.relay import Relay
from shared.settings import BadSettings, ServiceSettings

CONNECT_SECONDS: Final = 30.0
AWAY: Final = 75
"""The exit code when a dependency did not come up in time; a supervisor tries again."""

S = TypeVar("S", bound=ServiceSettings)
Background = Callable[[], Coroutine[Any, Any, None]]
log = logs.get(__name__)


class CannotServe(Exception):
    """The process cannot do its work here; the message says what to do."""


@dataclass(slots=True)
class Process(Generic[S]):
    """What `assemble` gets: the parts that every service has, to hang its own on."""

    name: str
    settings: S
    bus: Bus
    http: FastAPI
    health: Health
    stack: AsyncExitStack
    """Closed last, in reverse order: clients, pools, files."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process was told to go and still finishes what it has in hand."""
    _database: Database | None = None
    backgrounds: dict[str, Background] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The service's own database; its manifest must say `database = true`."""
        if self._database is None:
            raise CannotServe(f"the manifest of {self.name} does not say `database = true`")
        return self._database

    def background(self, name: str, run: Background) -> None:
        """Run something beside the rest until the end; if it fails, the process ends."""
        self.backgrounds[name] = run

    def probe(self, name: str, check: Check) -> None:
        """Be ready only while `check` returns without raising."""
        self.health.probe(name, check)


Assemble = Callable[[Process[S]], Awaitable[None]]


def serve(name: str, settings_class: type[S], assemble: Assemble[S]) -> None:
    """Run a service until SIGTERM or SIGINT; the exit code says how it ended."""
    try:
        settings = settings_class.load(name)
        manifest = manifest_of(name)
    except (BadSettings, BadManifest) as wrong:
        sys.exit(_said(name, str(wrong), BadSettings.exit_code))
    logs.set_up(name, settings.log_level)
    tracing = telemetry.set_up(name, settings.otlp_endpoint)
    try:
        uvloop.run(run(manifest, settings, assemble))
    except CannotServe as wrong:
        sys.exit(_said(name, str(wrong), BadSettings.exit_code))
    except Away as away:
        sys.exit(_said(name, str(away), AWAY))
    except Exception:
        log.critical("crashed", exc_info=True)
        sys.exit(1)
    finally:
        tracing.shut_down()


async def run(manifest: Manifest, settings: S, assemble: Assemble[S]) -> None:
    """Serve inside a running loop; returns after draining."""
    told_to_go = _signals()
    async with AsyncExitStack() as stack:
        listening = _listen(settings, stack)
        http_address = f"http://{settings.http_host}:{listening.getsockname()[1]}"
        process = await _prepare(manifest, settings, http_address, stack)
        await assemble(process)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(go(), name=name) for name, go in process.backgrounds.items()]
            await process.bus.start()
            http = _Http(process.http, settings.drain_seconds)
            served = group.create_task(_serve_http(http, listening, process), name="http")
            process.health.open = True
            log.info("ready", address=http_address)
            await told_to_go.wait()
            await _drain(process, http, served)
            for task in tasks:
                task.cancel()
    log.info("gone")


async def _prepare(manifest: Manifest, settings: S, http: str, stack: AsyncExitStack) -> Process[S]:
    """Connect everything that the manifest says is needed, closed in reverse at the end."""
    name = manifest.name
    database = await _database(manifest, settings, stack)
    bus = Bus(name, _address(settings), database, http=http)
    await _until(bus.connect, "the broker")
    stack.push_async_callback(bus.stop)
    app = FastAPI(title=f"studymesh {name}", openapi_url=None, docs_url=None, redoc_url=None)
    process = Process(name, settings, bus, app, Health(name), stack, _database=database)
    process.health.mount(app)
    process.probe("bus", lambda: _bus_is_up(bus, settings.nats_monitor_url))
    if database is not None:
        process.probe("database", database.ping)
        relay = Relay(database, bus)
        process.background("relay", relay.run)
        process.background("sweep", relay.sweep)
    return process


async def _database(
    manifest: Manifest, settings: ServiceSettings, stack: AsyncExitStack
) -> Database | None:
    if not manifest.database:
        return None
    if settings.database_url is None:
        variable = f"MESH_{manifest.name.upper()}_DATABASE_URL"
        raise CannotServe(f"{manifest.name} needs database_url: set {variable}")
    url = settings.database_url.get_secret_value()
    database = await Database.connect(url, source=manifest.name, pool=settings.database_pool)
    stack.push_async_callback(database.close)
    await _until(database.ping, "the database")
    return database


async def _serve_http(http: "_Http", listening: socket.socket, process: Process[S]) -> None:
    await http.serve([listening])
    if not process.draining.is_set():
        raise CannotServe("the HTTP server ended on its own")


async def _drain(process: Process[S], http: "_Http", served: "asyncio.Task[None]") -> None:
    """Take nothing new, finish what is in hand, and give up on it after the deadline."""
    process.health.open = False
    process.draining.set()
    log.info("draining", seconds=process.settings.drain_seconds)
    try:
        async with asyncio.timeout(process.settings.drain_seconds):
            http.should_exit = True
            await asyncio.wait([served])
            await process.bus.stop()
    except TimeoutError:
        log.warning("gave up on work in hand", seconds=process.settings.drain_seconds)


async def _until(attempt: Callable[[], Awaitable[object]], what: str) -> None:
    """Try until it is there, patiently at the start: servers may come up after us."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            while True:
                try:
                    await attempt()
                except Away as away:
                    log.info("waiting", what=what, reason=away.detail)
                    await asyncio.sleep(0.5)
                else:
                    return
    except TimeoutError:
        raise Away(f"{what} did not answer within {CONNECT_SECONDS:g} s") from None


async def _bus_is_up(bus: Bus, monitor_url: str) -> None:
    if not bus.connection.is_connected:
        raise NotReady("not connected to the broker")
    if bus.denied:
        raise NotReady(f"the broker refused: {bus.denied}")
    if monitor_url:
        await prove_sync_always(monitor_url)


def _address(settings: ServiceSettings) -> Address:
    password = settings.nats_password.get_secret_value()
    return Address(settings.nats_url, settings.nats_user, password)


def _listen(settings: ServiceSettings, stack: AsyncExitStack) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    listening = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.http_host, settings.http_port))
    except OSError as error:
        place = f"{settings.http_host}:{settings.http_port}"
        raise CannotServe(f"cannot serve on {place}: {error.strerror}; set http_port") from None
    return listening


def _signals() -> asyncio.Event:
    told_to_go = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_go.set)
    return told_to_go


def _said(name: str, sentence: str, code: int) -> int:
    sys.stderr.write(f"{name}: {sentence}\n")
    return code


class _Http(uvicorn.Server):
    """Uvicorn in our loop, with our signals and our logs."""

    def __init__(self, app: FastAPI, drain_seconds: float) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=max(1, int(drain_seconds)),
                ws_max_size=64 * 1024,
            )
        )

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to the process."""
        yield
