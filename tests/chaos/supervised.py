"""What `make run` does, for a mesh whose brokers reach each other only over wires of the rig."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from deploy.local.home import Home
from deploy.local.mesh import Mesh
from deploy.local.nats import NODE, NatsServer
from deploy.local.plan import Ports
from deploy.local.server import Server
from deploy.local.supervisor import Supervisor
from shared.manifest import all_manifests

_NOWHERE: Final = "127.0.0.1:1"
"""What nodes tell of each other: whoever follows that, past the wires, arrives nowhere."""


@dataclass(frozen=True, slots=True)
class Wired(Mesh):
    """A mesh whose nodes find each other where they are told."""

    routes: Sequence[Sequence[int]] = ()
    """Of each node, the ports of its wires to the others."""

    def servers(self) -> tuple[Server, ...]:
        """The same, but for what nodes know of each other."""
        routes = iter(self.routes)
        return tuple(
            self._wired(one, next(routes)) if isinstance(one, NatsServer) else one
            for one in Mesh.servers(self)
        )

    def _wired(self, node: NatsServer, routes: Sequence[int]) -> NatsServer:
        """Add a line to the shipped configuration, and nothing else."""
        assert node.peers is not None
        shipped = self.home.status.with_name("node.conf")
        line = f"cluster {{\n  advertise: {_NOWHERE}\n"
        shipped.write_text(NODE.read_text().replace("cluster {\n", line, 1))
        return replace(node, shipped=shipped, peers=replace(node.peers, ports=tuple(routes)))


def main(root: str, base: str, routes: str) -> None:
    """Run it in a directory, from a port on, until told to stop."""
    home, manifests = Home(Path(root)), all_manifests()
    told: list[list[int]] = json.loads(routes)
    home.make()
    with home.held():
        ports = Ports.plan(int(base), manifests, len(told))
        mesh = Wired(home, ports, manifests, told)
        asyncio.run(Supervisor(mesh, lambda line: print(line, flush=True)).run())  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
