"""The operators' command line, run as they run it: its own process, told only where the data is."""

import asyncio
import sys

from deploy.local.home import Home
from deploy.local.service import ROOT
from tests.mesh import supervisor
from tests.told import Told


async def operate(home: Home, base: int, *words: str) -> Told:
    """Run `mesh` to its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.mesh", *words),
        cwd=ROOT,
        env=dict(supervisor(home, base).environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Told(process.returncode or 0, out.decode(), err.decode())
