"""A mesh without services: what the supervisor does for servers, in two seconds."""

import asyncio
import sys
from pathlib import Path

from deploy.local.home import Home
from deploy.local.mesh import Mesh
from deploy.local.plan import Ports
from deploy.local.supervisor import Supervisor


def main(root: str, base: str, nodes: str = "1") -> None:
    """Run it in a directory, from a port on."""
    home = Home(Path(root))
    home.make()
    with home.held():
        mesh = Mesh(home, Ports.plan(int(base), (), int(nodes)), {})
        asyncio.run(Supervisor(mesh, lambda line: print(line, flush=True)).run())  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
