"""Faults of one node of three: it is the one that leads that falls, freezes, goes or is cut off."""

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.chaos.counts import CLUSTER
from tests.chaos.rig import Rig, passing, send
from tests.chaos.schedule import Fault, Kind
from tests.chaos.struck import NotThere, Struck
from tests.waiting import until_found

LED: Final = (
    "EVT_DOCUMENT",
    "indexing-document-processed-v1",
    CLUSTER,
    "PUSH",
    "CMD_DOCUMENT",
    "document-document-extract-v1",
    "EVT_INDEXING",
)
"""What has a leader that may be hit: streams, listeners' places, the cluster itself."""
_ELECTED_WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Nodes:
    """Does faults to nodes; each counts from its beginning: the others have to go on at once."""

    rig: Rig
    hold: float
    """How long one stays frozen; cut off, half as long."""

    async def strike(self, fault: Fault) -> Struck:
        """Do it, and return at once; what lasts goes on meanwhile."""
        led = LED[int(fault.luck * len(LED))]
        node = await self._leading(led)
        pid = self.rig.pid(node)
        if pid is None:
            raise NotThere(node)
        began = time.time()
        ended_pid, lasting = None, None
        match fault.kind:
            case Kind.PAUSE:
                send(pid, signal.SIGSTOP)
                thaw = partial(send, pid, signal.SIGCONT)
                lasting = asyncio.create_task(self._later(self.hold, thaw))
            case Kind.CUT:
                self.rig.division.cut(node)
                mend = partial(self.rig.division.mend, node)
                lasting = asyncio.create_task(self._later(self.hold / 2, mend))
            case _:
                send(pid, signal.SIGKILL if fault.kind is Kind.KILL else signal.SIGTERM)
                ended_pid = pid
        return Struck(
            fault,
            node,
            began,
            time.time(),
            self.rig.services,
            ended_pid=ended_pid,
            led=led,
            lasting=lasting,
        )

    async def _leading(self, led: str) -> str:
        found = ""

        async def known() -> bool:
            nonlocal found
            counts = await self.rig.counter.look()
            found = counts.leaders.get(led, "") if counts else ""
            return bool(found)

        await until_found(known, _ELECTED_WITHIN)
        return found

    async def _later(self, seconds: float, end: Callable[[], object]) -> None:
        try:
            await passing(seconds)
        finally:
            end()
