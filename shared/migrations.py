"""Brings one service's database to the newest shape, with Alembic and one shared environment."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared import tables

_ROOT: Final = Path(__file__).resolve().parent.parent


async def upgrade(url: str, service: str, revision: str = "head") -> None:
    """Apply what is missing up to `revision`, in one transaction; repeating changes nothing."""
    await _run(url, service, lambda config: command.upgrade(config, revision))
    await _complete(url)


async def downgrade(url: str, service: str, revision: str) -> None:
    """Undo back to `revision` (`base` for all), in one transaction."""
    await _run(url, service, lambda config: command.downgrade(config, revision))


async def _complete(url: str) -> None:
    """Give a database made by older migrations the machinery's tables that came later."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            if await connection.scalar(text("SELECT to_regclass('outbox')")):
                statements: list[str] = []
                tables.complete(statements.append)
                for statement in statements:
                    await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def _run(url: str, service: str, step: Callable[[Config], None]) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda plain: step(_config(service, plain)))
    finally:
        await engine.dispose()


def _config(service: str, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_ROOT / "shared" / "alembic"))
    config.set_main_option("version_locations", str(_ROOT / "services" / service / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
