"""A service's connections to PostgreSQL, and what is asked on them: asyncpg and little else.

SQLAlchemy writes statements here and does nothing more. Its engine, pool, cursors and results
between our statements and asyncpg cost six times what asyncpg itself does.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import ClauseElement

from shared.problems import Away
from shared.statements import bind

PATIENCE: Final = 5.0
"""Seconds to wait for a connection: for the server, or until another's work is done."""
KNOCK: Final = 0.5
"""Seconds until a server that let nobody in is tried again: each try costs it a process."""
_GOODBYE: Final = 2.0


# asyncpg's names for a server that is going, coming or full: none of them is the message's fault.
_GONE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
)


class RolledBack(Exception):
    """A transaction ended well in which a statement had failed; nothing of it was kept."""


class Row(asyncpg.Record):  # type: ignore[misc]  # asyncpg has no types
    """One row: by name as an attribute or a key, and in order as a tuple."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Rows:
    """What a statement answered, read in the way that fits."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def mappings(self) -> "Rows":
        """Read rows by names; they can be that anyway."""
        return self

    def scalars(self) -> "Rows":
        """Read the first column alone."""
        return Rows([row[0] for row in self._rows])

    def all(self) -> Sequence[Any]:
        """Read everything."""
        return self._rows

    def first(self) -> Any:
        """Read the first, None if there is none."""
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Any:
        """Read the only one, None if there is none."""
        if len(self._rows) > 1:
            raise ValueError(f"{len(self._rows)} rows where one at most was expected")
        return self.first()

    def one(self) -> Any:
        """Read the only one."""
        if len(self._rows) != 1:
            raise ValueError(f"{len(self._rows)} rows where one was expected")
        return self._rows[0]

    def scalar_one(self) -> Any:
        """Read the only row's first column."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        """Read the only row's first column, None if there is no row."""
        row = self.one_or_none()
        return None if row is None else row[0]


class Session:
    """One transaction's connection: statements go in, rows come out."""

    __slots__ = ("_later", "driver")

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        """asyncpg's own connection, for what has no words here, as COPY."""
        self._later: dict[str, list[list[object]]] = {}

    async def execute(
        self, statement: ClauseElement, parameters: Mapping[str, Any] | None = None
    ) -> Rows:
        """Run a statement and take all that it answers."""
        if self._later:
            await self.flush()
        sql, values = bind(statement, parameters)
        return Rows(await self.driver.fetch(sql, *values))

    def later(self, statement: ClauseElement, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that answers nothing before the next one, or before the commit.

        The same one with other values goes along, for hardly more than one: where many messages
        share a transaction, their writes do too. Different ones must not depend on each other.
        """
        sql, values = bind(statement, parameters)
        self._later.setdefault(sql, []).append(values)

    async def flush(self) -> None:
        """Run what was to be run later."""
        later, self._later = self._later, {}
        for sql, rows in later.items():
            if len(rows) == 1:
                await self.driver.fetch(sql, *rows[0])
            else:
                await self.driver.executemany(sql, rows)


class Connections:
    """Up to `size` connections, made when they are needed and kept."""

    def __init__(self, url: str, *, name: str, size: int) -> None:
        self._url = url.replace("postgresql+asyncpg:", "postgresql:", 1)
        self._name = name
        self._room = asyncio.Semaphore(size)
        self._free: list[Any] = []
        self._shut_until = 0.0

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Session]:
        """Commit when the block ends, and nothing of it when it raises."""
        async with self._one() as driver:
            await driver.execute("BEGIN")
            session = Session(driver)
            try:
                yield session
                await session.flush()
            except Exception:
                await _undo(driver)
                raise
            if await driver.execute("COMMIT") != "COMMIT":
                raise RolledBack("a statement failed, and nobody let the transaction fail")

    async def ask(
        self, statement: ClauseElement, parameters: Mapping[str, Any] | None = None
    ) -> Rows:
        """Run a single statement, which is a transaction in itself: one trip in place of three."""
        async with self._one() as driver:
            return await Session(driver).execute(statement, parameters)

    async def close(self) -> None:
        """Let every connection go."""
        while self._free:
            await self._free.pop().close(timeout=_GOODBYE)

    @asynccontextmanager
    async def _one(self) -> AsyncGenerator[Any]:
        """Lend a connection; what was left in the middle of something is not used again."""
        await self._until_room()
        try:
            driver = self._kept() or await self._made()
            try:
                yield driver
            except Exception as error:
                self._keep(driver, sound=not is_gone(error))
                raise
            except BaseException:  # it may be in the middle of a statement
                driver.terminate()
                raise
            self._keep(driver, sound=True)
        finally:
            self._room.release()

    async def _until_room(self) -> None:
        if not self._room.locked():
            await self._room.acquire()
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._room.acquire()
        except TimeoutError:
            raise Away("all connections to the database are in use") from None

    def _keep(self, driver: Any, *, sound: bool) -> None:
        if driver.is_closed():
            return
        if sound and not driver.is_in_transaction():
            self._free.append(driver)
        else:
            driver.terminate()

    def _kept(self) -> Any:
        """Take the one that was used last, and none that the server has closed."""
        while self._free:
            driver = self._free.pop()
            if not driver.is_closed():
                return driver
        return None

    async def _made(self) -> Any:
        loop = asyncio.get_running_loop()
        if loop.time() < self._shut_until:
            raise Away("the database could not be reached a moment ago")
        try:
            driver = await asyncpg.connect(
                self._url,
                timeout=PATIENCE,
                server_settings={"application_name": self._name},
                record_class=Row,
            )
        except Exception as error:
            if isinstance(error, OSError) or is_gone(error):
                self._shut_until = loop.time() + KNOCK
                raise Away("the database cannot be reached") from error
            raise
        for name in ("json", "jsonb"):
            await driver.set_type_codec(
                name, schema="pg_catalog", encoder=str, decoder=json.loads, format="text"
            )
        return driver


def is_gone(error: BaseException) -> bool:
    """Tell a database that is not there from one that said no."""
    return isinstance(error, _GONE) and not isinstance(error, ValueError)


async def _undo(driver: Any) -> None:
    """Roll back, so that the connection can go on; one that cannot is given up."""
    try:
        await driver.execute("ROLLBACK")
    except Exception:  # noqa: BLE001  # why the transaction failed is told by who let it fail
        driver.terminate()
