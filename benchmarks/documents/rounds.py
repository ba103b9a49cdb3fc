"""What is written down while both sides work: time, processor seconds and memory by process."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import process_time

from benchmarks import processes
from benchmarks.documents.corpus import Written
from benchmarks.documents.script import Told
from benchmarks.documents.visit import Seen
from benchmarks.profiles import Profile

_GLANCE = 1.0
_REST = 6.0
"""Seconds after which idle services have given back what work had taken."""
US = "the bench itself"


@dataclass(slots=True)
class Cost:
    """Of some work, by process."""

    cpu: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    """The most that each had."""
    most: int = 0
    """The most that all had together."""


@dataclass(slots=True)
class Round:
    """One part of the documents, through both sides."""

    documents: int
    mesh: Seen | None = None
    bare: Told | None = None
    mesh_cost: Cost = field(default_factory=Cost)
    bare_cost: Cost = field(default_factory=Cost)


@dataclass(slots=True)
class Figures:
    """Everything that was measured."""

    documents: list[Written]
    fresh: dict[str, int]
    alone: list[float] = field(default_factory=list)
    idle: dict[str, int] = field(default_factory=dict)
    idle_cpu: dict[str, float] = field(default_factory=dict)
    rested: dict[str, int] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    profiles: dict[str, Profile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at some processes."""

    roots: Mapping[str, int]

    def memory(self) -> dict[str, int]:
        """Tell their memory now."""
        return processes.memory(self.roots)

    async def idle(self, seconds: float = 5.0) -> dict[str, float]:
        """Tell what share of a processor each takes while nothing is to be done."""
        before = processes.cpu(self.roots)
        await asyncio.sleep(seconds)
        after = processes.cpu(self.roots)
        return {name: (after[name] - before[name]) / seconds for name in after}

    @asynccontextmanager
    async def working(self, cost: Cost) -> AsyncGenerator[None]:
        """Note the cost of what happens in a block."""
        before, ours = processes.cpu(self.roots), process_time()
        looking = asyncio.create_task(self._look(cost))
        try:
            yield
        finally:
            looking.cancel()
            after = processes.cpu(self.roots)
            cost.cpu.update({name: after[name] - before[name] for name in after})
            cost.cpu[US] = process_time() - ours

    async def _look(self, cost: Cost) -> None:
        while True:
            now = await asyncio.to_thread(self.memory)
            cost.most = max(cost.most, sum(now.values()))
            cost.memory = {name: max(now[name], cost.memory.get(name, 0)) for name in now}
            await asyncio.sleep(_GLANCE)


async def until_idle() -> None:
    """Let idle services give back what work had taken."""
    await asyncio.sleep(_REST)
