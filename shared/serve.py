"""One service as one process: set up, assembled, served, and drained when it is told to go."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import uvloop

from shared import logs, telemetry
from shared.manifest import FOLDER, BadManifest, Manifest, manifest_of
from shared.problems import Away
from shared.process import NoDatabase, Process, S, prepare
from shared.settings import BadSettings
from shared.web import CannotListen, Server, listening

MISCONFIGURED: Final = BadSettings.exit_code
AWAY: Final = 75
"""The exit code when a dependency did not come up in time; a supervisor tries again."""
CRASHED: Final = 1
INSIST: Final = 2.0
"""Seconds after which what was told to end, and did not, is told once more."""
EXPLAIN: Final = "--explain"
"""Asked with this, a process only tells its settings, each with its source, secrets masked."""

__all__ = ["Assemble", "Process", "run", "serve", "settle"]

Assemble = Callable[[Process[S]], Awaitable[None]]
log = logs.get(__name__)


class HttpEnded(Exception):
    """The HTTP server stopped although nobody told it to."""


def serve(
    name: str, settings_class: type[S], assemble: Assemble[S], *, manifests: Path = FOLDER
) -> None:
    """Run a service until SIGTERM or SIGINT; the exit code says how it ended."""
    try:
        settings = settings_class.load(name)
        manifest = manifest_of(name, manifests)
    except (BadSettings, BadManifest) as wrong:
        sys.exit(_said(name, str(wrong), MISCONFIGURED))
    if EXPLAIN in sys.argv[1:]:
        for value in settings.explain():
            sys.stdout.write(f"{value.name:<20} {value.value:<32} {value.source}\n")
        return
    logs.set_up(name, settings.log_level)
    sending = telemetry.set_up(name, settings.otlp_endpoint)
    try:
        uvloop.run(run(manifest, settings, assemble))
    except (BadSettings, CannotListen, NoDatabase) as wrong:
        sys.exit(_said(name, str(wrong), MISCONFIGURED))
    except Away as away:
        sys.exit(_said(name, str(away), AWAY))
    except Exception:
        log.critical("crashed", exc_info=True)
        sys.exit(CRASHED)
    finally:
        sending.shut_down()


async def run(manifest: Manifest, settings: S, assemble: Assemble[S]) -> None:
    """Serve inside a running loop; returns after draining, at once if told to go while starting."""
    told_to_go = _signals()
    try:
        async with AsyncExitStack() as stack:
            taken = stack.enter_context(listening(settings.http_host, settings.http_port))
            http = f"http://{settings.http_host}:{taken.getsockname()[1]}"
            starting = asyncio.create_task(_start(manifest, settings, assemble, http, stack))
            if await _first(starting, told_to_go):
                process = await starting
                await _work(process, taken, told_to_go)
    finally:
        await _until_gone(asyncio.all_tasks() - {asyncio.current_task()})
    log.info("gone")


async def _start(
    manifest: Manifest, settings: S, assemble: Assemble[S], http: str, stack: AsyncExitStack
) -> Process[S]:
    process = await prepare(manifest, settings, http, stack)
    await assemble(process)
    await process.bus.start()
    settle()
    log.info("assembled", address=http)
    return process


def settle() -> None:
    """Exempt what is loaded from garbage collection: a full one stops the loop for 0.1 s."""
    gc.collect()
    gc.freeze()


async def _work(process: Process[S], taken: socket.socket, told_to_go: asyncio.Event) -> None:
    """Serve until told to go; whatever fails beside it ends the process."""
    server = Server(process.http, process.settings.drain_seconds)
    tasks: list[asyncio.Task[None]] = []
    async with asyncio.TaskGroup() as group:
        for name, go in process.backgrounds.items():
            tasks.append(group.create_task(_beside(go, process, tasks), name=name))
        served = group.create_task(_serve_http(server, taken, process), name="http")
        process.health.open = True
        log.info("ready")
        await told_to_go.wait()
        await _drain(process, server, served)
        served.cancel()
        _end(tasks)


async def _beside(
    go: Callable[[], Awaitable[None]], process: Process[S], tasks: "list[asyncio.Task[None]]"
) -> None:
    """Run one background task; if it fails, the process is not ready any more, and ends."""
    try:
        await go()
    except Exception:
        process.health.open = False
        asyncio.get_running_loop().call_later(INSIST, _end, tasks)
        raise


def _end(tasks: "Collection[asyncio.Task[Any]]") -> None:
    """Cancel all that are left, now and every `INSIST` seconds, without waiting for them."""
    if _cancelled(tasks):
        asyncio.get_running_loop().call_later(INSIST, _end, tasks)


async def _serve_http(server: Server, taken: socket.socket, process: Process[S]) -> None:
    await server.serve([taken])
    if not process.draining.is_set():
        raise HttpEnded("the HTTP server ended on its own")


async def _drain(process: Process[S], server: Server, served: "asyncio.Task[None]") -> None:
    """Take nothing new, finish what is in hand, and give up on it after the deadline."""
    process.health.open = False
    process.draining.set()
    log.info("draining", seconds=process.settings.drain_seconds)
    try:
        async with asyncio.timeout(process.settings.drain_seconds):
            server.leave()
            await asyncio.wait([served])
            await process.bus.stop()
    except TimeoutError:
        log.warning("gave up on work in hand", seconds=process.settings.drain_seconds)


async def _first(starting: "asyncio.Task[Process[S]]", told_to_go: asyncio.Event) -> bool:
    """Wait for the start to end, and cancel it when we are told to go meanwhile."""
    going = asyncio.create_task(told_to_go.wait())
    await asyncio.wait({starting, going}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        await _until_gone({starting})
        return False
    going.cancel()
    return True


async def _until_gone(tasks: "Collection[asyncio.Task[Any]]") -> None:
    """Cancel them all, again and again, and wait until they have ended."""
    while left := _cancelled(tasks):
        await asyncio.wait(left, timeout=INSIST)


def _cancelled(tasks: "Collection[asyncio.Task[Any]]") -> "set[asyncio.Task[Any]]":
    """Cancel and return those that are left. Once may not do: `wait_for` (3.11) can lose one."""
    left = {task for task in tasks if not task.done()}
    for task in left:
        task.cancel()
    return left


def _signals() -> asyncio.Event:
    told_to_go = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_go.set)
    return told_to_go


def _said(name: str, sentence: str, code: int) -> int:
    sys.stderr.write(f"{name}: {sentence}\n")
    return code
