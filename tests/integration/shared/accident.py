"""The victim as a process that is started, and started again when it ends."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.integration.shared.lab import PASSWORDS, Lab


@asynccontextmanager
async def victim(lab: Lab, how: str = "alone") -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run an ear in a process of its own for the length of a block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.shared.victim",
        lab.server.url,
        lab.database_url("ear"),
        PASSWORDS["ear"],
        how,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def restarting(lab: Lab, stop: asyncio.Event, how: str = "alone") -> int:
    """Start the victim again whenever it ends, as a supervisor does; count the starts."""
    starts = 0
    while not stop.is_set():
        starts += 1
        async with victim(lab, how) as process:
            ended = asyncio.create_task(process.wait())
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
    return starts
