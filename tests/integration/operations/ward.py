"""What the tests of operations work with: a lab, operations as a process, and the command line."""

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from typing import Any

from contracts.operations import ListDeadLetters
from deploy.mesh.access import Access, Address
from shared.problems import Away
from shared.provision import broker
from tests.integration.shared.lab import Lab
from tests.integration.shared.listener import Listener
from tests.integration.shared.service_process import ROOT, ServiceProcess
from tests.told import Told
from tests.waiting import until_found

Json = dict[str, Any]


@dataclass
class Ward:
    """Two services and what becomes of messages that they cannot handle."""

    lab: Lab
    service: ServiceProcess
    listener: Listener
    secret: str

    def __post_init__(self) -> None:
        monitor = f"http://127.0.0.1:{self.lab.server.server.monitor_port}"
        address = Address(self.lab.server.url, broker.OPERATOR, self.secret, monitor)
        self.access = Access(address)

    async def mesh(self, *words: str, given: str = "") -> Told:
        """Run `mesh` as an operator does, from another directory, against this broker."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "deploy.mesh",
            *words,
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "MESH_OPERATOR_NATS_URL": self.lab.server.url,
                "MESH_OPERATOR_NATS_PASSWORD": self.secret,
                "MESH_OPERATOR_NATS_MONITOR_URL": self.access.address.monitor_url,
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(given.encode())
        return Told(process.returncode or 0, out.decode(), err.decode())

    async def letters(self, **wanted: Any) -> list[Json]:
        """List dead letters, without a process for each look."""
        page = await self.access.ask(ListDeadLetters(limit=100, **wanted))
        items: list[Json] = page.model_dump(mode="json")["items"]
        return items

    async def until_letters(self, count: int, **wanted: Any) -> list[Json]:
        """Wait until so many are listed."""
        found: list[Json] = []

        async def there() -> bool:
            with contextlib.suppress(Away):
                found[:] = await self.letters(**wanted)
            return len(found) == count

        await until_found(there, within=90)
        return found

    async def close(self) -> None:
        """Let go of the broker."""
        await self.access.stack.aclose()
