"""One database and one role for each service that has one, and the newest shape inside."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import asyncpg

from shared.manifest import Manifest
from shared.migrations import upgrade

Migrate = Callable[[str, str], Awaitable[None]]
"""Brings the database at a URL to the shape that a service needs."""

_ROLE: Final = "SELECT 1 FROM pg_roles WHERE rolname = $1"
_DATABASE: Final = "SELECT 1 FROM pg_database WHERE datname = $1"


async def prepare(
    admin_url: str,
    manifests: Mapping[str, Manifest],
    passwords: Mapping[str, str],
    *,
    migrate: Migrate = upgrade,
) -> list[str]:
    """Make roles and databases that are missing, shut them to all others, and apply migrations.

    `admin_url` is `postgresql://superuser:…@host:port/postgres`. Says what was done.
    """
    done: list[str] = []
    for name, manifest in manifests.items():
        if manifest.database:
            done += await _one(admin_url, manifest, passwords[name], migrate)
    return done


def url_of(admin_url: str, name: str, password: str, *, driver: str = "postgresql+asyncpg") -> str:
    """Address a service's own database as its own role, on the same server as `admin_url`."""
    host = admin_url.rpartition("@")[2].partition("/")[0]
    return f"{driver}://{name}:{password}@{host}/{name}"


async def _one(admin_url: str, manifest: Manifest, password: str, migrate: Migrate) -> list[str]:
    name = manifest.name
    done = await _role_and_database(admin_url, name, password)
    inside = await asyncpg.connect(f"{admin_url.rpartition('/')[0]}/{name}")
    try:
        for extension in manifest.extensions:
            await inside.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}"')
        await inside.execute(f'ALTER SCHEMA public OWNER TO "{name}"')
    finally:
        await inside.close()
    await migrate(url_of(admin_url, name, password), name)
    return done


async def _role_and_database(admin_url: str, name: str, password: str) -> list[str]:
    done: list[str] = []
    admin = await asyncpg.connect(admin_url)
    try:
        if not await admin.fetchval(_ROLE, name):
            await admin.execute(f'CREATE ROLE "{name}" LOGIN')
            done.append(f"+ role {name}")
        # Names and passwords come from our own files; utility statements take no parameters.
        await admin.execute(
            f"ALTER ROLE \"{name}\" PASSWORD '{password.replace(chr(39), chr(39) * 2)}'"
        )
        if not await admin.fetchval(_DATABASE, name):
            await admin.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
            done.append(f"+ database {name}")
        await admin.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        await admin.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    finally:
        await admin.close()
    return done
