"""What stands in the database, seen from outside of every process, and what time it is there."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import asyncpg

from shared import tables
from shared.migrations import upgrade
from tests.servers import Postgres

EPOCH: Final = 1_800_000_000.0
"""When virtual time begins."""
GONE: Final = 0.5
"""Real seconds in which a server's session ends whose client went."""

# `now()` of every statement and every default is this one: it stands before PostgreSQL's own.
_CLOCK: Final = """
    CREATE TABLE clock (at timestamptz NOT NULL);
    INSERT INTO clock VALUES (to_timestamp(0));
    CREATE FUNCTION now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM sim.clock'"""
_EFFECTS: Final = """
    CREATE TABLE effects (place bigint GENERATED ALWAYS AS IDENTITY, durable text NOT NULL,
        message_id text NOT NULL, generation integer NOT NULL, note text NOT NULL)"""
_WAITING: Final = """
    SELECT pid FROM pg_stat_activity WHERE datname = current_database()
    AND wait_event_type = 'Lock' AND state = 'active'"""
_THERE: Final = "SELECT 1 FROM pg_stat_activity WHERE pid = $1"

T = TypeVar("T")


class Truth:
    """One connection of its own, in a thread of its own, so that asking it lets nothing happen."""

    def __init__(self, postgres: Postgres) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.url = self._run(_prepared(postgres))
        self._connection: asyncpg.Connection = self._run(asyncpg.connect(_plain(self.url)))
        names = self.rows(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'sim'"
            " AND tablename NOT IN ('clock', 'alembic_version')"
        )
        self._empty = "; ".join(f"DELETE FROM {row['tablename']}" for row in names)  # noqa: S608  # ours

    def rows(self, statement: str, *values: object) -> list[Any]:
        """Ask."""
        return list(self._run(self._connection.fetch(statement, *values)))

    def forget(self) -> None:
        """Empty every table."""
        self._run(self._connection.execute(self._empty))

    def set_clock(self, seconds: float) -> None:
        """Tell the server what time it is."""
        self.rows("UPDATE clock SET at = to_timestamp($1)", EPOCH + seconds)

    def waiting(self) -> set[int]:
        """Name the sessions that wait for a lock."""
        return {row["pid"] for row in self.rows(_WAITING)}

    def until_gone(self, pid: int) -> None:
        """Wait for the end of a session, but not for one that waits for others."""
        deadline = time.monotonic() + GONE
        while self.rows(_THERE, pid) and time.monotonic() < deadline:
            if pid in self.waiting():
                return

    def close(self) -> None:
        """End it."""
        self._run(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


async def _prepared(postgres: Postgres) -> str:
    """Make a database with a clock of its own, and the tables of operations and of turns."""
    url = await postgres.fresh_database()
    name = url.rpartition("/")[2]
    role = await asyncpg.connect(_plain(url))
    await role.execute(f"CREATE SCHEMA sim; SET search_path = sim; {_CLOCK}")
    await role.execute(f"ALTER ROLE {name} SET search_path = sim, pg_catalog")
    await role.close()
    await upgrade(url, "operations")
    role = await asyncpg.connect(_plain(url))
    statements = [_EFFECTS]
    tables.create_turns(statements.append)
    for statement in statements:
        await role.execute(statement)
    await role.close()
    return url


def _plain(url: str) -> str:
    return url.replace("+asyncpg", "")
