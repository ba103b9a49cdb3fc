"""Which port is whose in one mesh, gateway first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from deploy.local import objects
from deploy.local.ports import BLOCK

GATEWAY = "gateway"

_POSTGRES = 3
_NODES = ((1, 2, 97), (4, 5, 98), (6, 7, 99))
"""Of each node of the broker: clients, monitoring, other nodes."""
_OBJECTS = 10
_SERVICES = 20
_SERVICES_END = 97
_LAST = 65_535


class BadBase(ValueError):
    """`MESH_PORT_BASE` is no number that a block of ports can begin at."""


class BadNodes(ValueError):
    """`MESH_BROKER_NODES` is neither one nor three, or not what the data was made with."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens: all within the hundred ports that begin at the gateway's."""

    base: int
    services: Mapping[str, int]
    nodes: int = 1
    """How many brokers there are: one alone, or a cluster of three."""

    @classmethod
    def plan(cls, base: int, services: Iterable[str], nodes: int = 1) -> Self:
        """Give every service a port; the gateway's is the base itself."""
        others = sorted(set(services) - {GATEWAY})
        if base < 1 or base + BLOCK - 1 > _LAST:
            raise BadBase(
                f"MESH_PORT_BASE is {base}; it must lie between 1 and {_LAST + 1 - BLOCK}"
            )
        if nodes not in {1, len(_NODES)}:
            raise BadNodes(f"MESH_BROKER_NODES is {nodes}; it must be 1 or {len(_NODES)}")
        if len(others) > _SERVICES_END - _SERVICES:
            raise BadBase(f"{len(others)} services do not fit into {BLOCK} ports")
        ports = {name: base + _SERVICES + place for place, name in enumerate(others)}
        return cls(base, {GATEWAY: base} | ports, nodes)

    @property
    def nats(self) -> int:
        """The first broker's clients."""
        return self.brokers[0][0]

    @property
    def monitor(self) -> int:
        """The first broker's monitoring."""
        return self.brokers[0][1]

    @property
    def brokers(self) -> tuple[tuple[int, int, int], ...]:
        """Each broker's: for clients, for monitoring, and in a cluster for other nodes."""
        return tuple(
            (self.base + clients, self.base + monitor, self.base + others)
            for clients, monitor, others in _NODES[: self.nodes]
        )

    @property
    def postgres(self) -> int:
        """The database's."""
        return self.base + _POSTGRES

    @property
    def objects(self) -> tuple[int, ...]:
        """The object store's; the first is S3."""
        return tuple(range(self.base + _OBJECTS, self.base + _OBJECTS + objects.PORTS))

    def named(self) -> dict[str, int]:
        """List every port with whose it is."""
        store = {f"objects ({number})": port for number, port in enumerate(self.objects)}
        brokers = {
            f"nats-{number} {use}" if self.nodes > 1 else f"nats {use}": port
            for number, ports in enumerate(self.brokers, start=1)
            for use, port in zip(("clients", "monitoring", "nodes"), ports, strict=True)
            if self.nodes > 1 or use != "nodes"
        }
        return dict(self.services) | brokers | {"postgres": self.postgres} | store
