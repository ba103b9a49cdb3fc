"""Which port is whose in one mesh, gateway first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from deploy.local import objects
from deploy.local.ports import BLOCK

GATEWAY = "gateway"

_NATS = 1
_MONITOR = 2
_POSTGRES = 3
_OBJECTS = 10
_SERVICES = 20
_LAST = 65_535


class BadBase(ValueError):
    """`MESH_PORT_BASE` is no number that a block of ports can begin at."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens: all within the hundred ports that begin at the gateway's."""

    base: int
    services: Mapping[str, int]

    @classmethod
    def plan(cls, base: int, services: Iterable[str]) -> Self:
        """Give every service a port; the gateway's is the base itself."""
        others = sorted(set(services) - {GATEWAY})
        if base < 1 or base + BLOCK - 1 > _LAST:
            raise BadBase(
                f"MESH_PORT_BASE is {base}; it must lie between 1 and {_LAST + 1 - BLOCK}"
            )
        if len(others) > BLOCK - _SERVICES:
            raise BadBase(f"{len(others)} services do not fit into {BLOCK} ports")
        ports = {name: base + _SERVICES + place for place, name in enumerate(others)}
        return cls(base, {GATEWAY: base} | ports)

    @property
    def nats(self) -> int:
        """The broker's clients."""
        return self.base + _NATS

    @property
    def monitor(self) -> int:
        """The broker's monitoring."""
        return self.base + _MONITOR

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
        servers = {"nats": self.nats, "nats monitoring": self.monitor, "postgres": self.postgres}
        return dict(self.services) | servers | store
