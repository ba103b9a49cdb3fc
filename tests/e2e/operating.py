"""The operators' command line, run as they run it: its own process, told only where the data is."""

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Any

from deploy.local.home import Home
from deploy.local.service import ROOT
from tests.mesh import supervisor


@dataclass(frozen=True, slots=True)
class Told:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said, with `--json`."""
        assert self.code == 0, self.err
        return json.loads(self.out)


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
