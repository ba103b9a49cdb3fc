"""One moment of all databases: what a power cut would leave, taken without stopping anything."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import asyncpg

from shared.problems import Away

# Whoever says or hears anything writes into one of these, in the transaction of what it does: into
# the inbox first, so that is held first, and nobody waits for us while we wait for them.
_HOLD: Final = "LOCK TABLE inbox, outbox IN SHARE MODE"
_BUSY: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait until all databases hold still."""

    tries: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0)
    """Seconds of each try; all that is written waits as long with us."""
    between: float = 1.0


@dataclass(frozen=True, slots=True)
class Cut:
    """The moment: for each database the name of a snapshot, and a connection that sees it."""

    at: datetime
    held: float
    """Seconds for which nobody could say or hear anything."""
    snapshots: Mapping[str, str]
    connections: Mapping[str, asyncpg.Connection]


@asynccontextmanager
async def taken(
    admin_url: str, databases: Iterable[str], patience: Patience | None = None
) -> AsyncGenerator[Cut]:
    """Take a snapshot of each while none of them says or hears anything; it lasts for the block.

    So no database has handled what its sender, in this cut, never said. What was said and not
    handled is in the senders' outboxes.
    """
    names = tuple(databases)
    async with AsyncExitStack() as stack:
        seeing = {
            name: await stack.enter_async_context(connected(admin_url, name)) for name in names
        }
        holding = [await stack.enter_async_context(connected(admin_url, name)) for name in names]
        for connection in seeing.values():
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        began = await _hold_still(holding, patience or Patience())
        snapshots = await asyncio.gather(*map(_snapshot, seeing.values()))
        at = datetime.now(UTC)
        await asyncio.gather(*(one.execute("ROLLBACK") for one in holding))
        yield Cut(at, time.monotonic() - began, dict(zip(names, snapshots, strict=True)), seeing)


async def _hold_still(connections: Sequence[asyncpg.Connection], patience: Patience) -> float:
    """Have all of them held at once; where one is busy for long, let go of all and try again.

    Answers since when.
    """
    for seconds in patience.tries:
        began = time.monotonic()
        held = await asyncio.gather(
            *(_hold(one, seconds) for one in connections), return_exceptions=True
        )
        failures = [one for one in held if one is not None]
        if not failures:
            return began
        await asyncio.gather(*(one.execute("ROLLBACK") for one in connections))
        if not all(isinstance(one, _BUSY) for one in failures):
            raise failures[0]
        await asyncio.sleep(patience.between)
    raise Away("the databases are never still for a moment together; try again when less happens")


async def _hold(connection: asyncpg.Connection, seconds: float) -> None:
    await connection.execute(f"BEGIN; SET LOCAL lock_timeout = '{int(seconds * 1000)}ms'; {_HOLD}")


async def _snapshot(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval("SELECT pg_export_snapshot()"))


@asynccontextmanager
async def connected(admin_url: str, database: str) -> AsyncGenerator[asyncpg.Connection]:
    """Connect to a database as the administrator of the server; `Away` if that cannot be."""
    server = admin_url.rpartition("/")[0]
    try:
        connection = await asyncpg.connect(f"{server}/{database}")
    except (OSError, asyncpg.PostgresError) as gone:
        raise Away(f"no database {database} at {server.rpartition('@')[2]}: {gone!r}") from gone
    try:
        yield connection
    finally:
        await connection.close()
