"""Wires between the nodes of a broker, so that one of them can be cut off from the others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Self

from tests.chaos.wire import Wire


@dataclass(frozen=True, slots=True)
class Division:
    """From each node to each other one a wire of their own; none where a broker stands alone."""

    ways: Mapping[tuple[int, int], Wire]
    """By who calls and who is called, as they are numbered."""

    @classmethod
    async def lay(cls, ports: Sequence[int]) -> Self:
        """Lay wires to the ports at which nodes let each other in."""
        pairs = permutations(range(1, len(ports) + 1), 2)
        return cls({pair: await Wire(ports[pair[1] - 1]).open() for pair in pairs})

    @property
    def routes(self) -> list[list[int]]:
        """Tell at which ports each node finds the others."""
        callers = sorted({caller for caller, _ in self.ways})
        return [
            [wire.port for (who, _), wire in self.ways.items() if who == caller]
            for caller in callers
        ]

    def cut(self, node: str) -> None:
        """Let `nats-2` and the others hear nothing of each other; clients go on as before."""
        for wire in self._of(node):
            wire.cut()

    def mend(self, node: str) -> None:
        """Bring them together again."""
        for wire in self._of(node):
            wire.mend()

    async def close(self) -> None:
        """Take all wires down."""
        for wire in self.ways.values():
            await wire.close()

    def _of(self, node: str) -> Iterator[Wire]:
        number = int(node.rpartition("-")[2])
        return (wire for pair, wire in self.ways.items() if number in pair)
