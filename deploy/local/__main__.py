"""The commands behind `make run`, `up`, `down`, `status`, `logs` and `reset`."""

import argparse
import asyncio
import errno
import os
import sys
import time
from pathlib import Path

from deploy.local import logs, nats
from deploy.local.aside import bring_back
from deploy.local.background import DidNotStop, NotReady, bring_down, bring_up, show
from deploy.local.home import Home
from deploy.local.plan import BadBase, BadNodes, Ports
from deploy.local.ports import require_free
from deploy.local.program import unprivileged
from deploy.local.reach import lead_elsewhere
from shared.manifest import BadManifest, all_manifests

PORT_BASE = "MESH_PORT_BASE"
NODES = "MESH_BROKER_NODES"
DATA = "MESH_DATA"
_REFUSED = 1


def main() -> int:
    """Do what was asked; what cannot be done is said in a sentence."""
    given = _parser().parse_args()
    home = _home(given.command)
    try:
        return int(_do(given, home) or 0)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        return _refuse(_sentence(error, home))
    except (BadBase, BadNodes, BadManifest, DidNotStop, NotReady, RuntimeError) as refused:
        return _refuse(str(refused))


def _home(command: str) -> Home:
    """Find where everything is kept; at a first start as root that may have to be elsewhere."""
    if told := os.environ.get(DATA):
        return Home(Path(told).resolve())
    usual = Path(".data")
    if command in {"run", "up"} and (found := lead_elsewhere(usual.absolute(), unprivileged())):
        _tell(
            "PostgreSQL does not run as root, and as another user it cannot enter this folder, so"
            f" the data is kept in {found}, to which .data leads."
        )
    return Home(usual.resolve())


def _do(given: argparse.Namespace, home: Home) -> int | None:
    match given.command:
        case "run":
            return _run(home)
        case "up":
            return bring_up(home, given.within, _tell)
        case "down":
            return bring_down(home, _tell)
        case "status":
            return show(home, _tell)
        case "logs":
            return _follow(home, given.names)
        case _:
            bring_down(home, _tell)
            home.forget()
            _tell(f"Everything in {home.root} is forgotten; only the embedding model is kept.")
            return 0


def _run(home: Home) -> int:
    from deploy.local.mesh import Mesh  # noqa: PLC0415  # the other commands need no machinery
    from deploy.local.supervisor import Supervisor  # noqa: PLC0415

    manifests = all_manifests()
    ports = Ports.plan(_number(PORT_BASE, "8080"), manifests, _nodes(home))
    home.make()
    with home.held():
        if bring_back(home):
            home.make()
            _tell("A restore did not come to its end; the mesh is what it was before.")
        require_free(ports.named(), f"Stop what listens there, or set {PORT_BASE} to another base.")
        mesh = Mesh(home, ports, manifests)
        asyncio.run(Supervisor(mesh, _tell_when()).run())
    return 0


def _follow(home: Home, names: list[str]) -> int:
    for line in logs.follow(home.logs, names):
        _tell(line)
    return 0


def _nodes(home: Home) -> int:
    """Go on with as many brokers as there were: each keeps what it has where it has it."""
    kept = nats.nodes(home.nats)
    nodes = _number(NODES, str(kept or 1))
    if kept not in {None, nodes}:
        raise BadNodes(
            f"{NODES} is {nodes}, but {home.root} was made with {kept}, and what brokers keep does"
            f" not move by itself. Start with {NODES}={kept}, or stop, put {home.nats} aside, start"
            " with the other number, and have it said again: mesh replay --from-outbox"
            " (docs/operate.md, Three brokers)"
        )
    return nodes


def _number(variable: str, default: str) -> int:
    value = os.environ.get(variable) or default
    try:
        return int(value)
    except ValueError:
        raise BadBase(f"{variable} is {value!r}, which is no number") from None


def _sentence(error: OSError, home: Home) -> str:
    if error.errno == errno.ENOSPC:
        return f"The disk of {home.root} is full: make room, or set {DATA} to another directory."
    if error.errno == errno.EACCES:
        return (
            f"{error.filename} may not be used by user {os.geteuid()}: start as its owner,"
            f" or set {DATA} to another directory."
        )
    return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local",
        description="The whole mesh on this machine.",
        epilog=f"{PORT_BASE} (8080) is the gateway's port, all others lie within the 100 after it;"
        f" {DATA} (.data) is where everything is kept; {NODES}=3 runs three"
        " brokers. make has a target for each command.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start everything; Ctrl-C stops it")
    up = commands.add_parser(
        "up", help="start everything in the background, wait until it is ready"
    )
    up.add_argument("--within", type=float, default=300.0, metavar="SECONDS", help="how long (300)")
    commands.add_parser("down", help="stop what `up` or `run` started")
    commands.add_parser("status", help="tell how every process is; 0 only when all are ready")
    follow = commands.add_parser("logs", help="show what every process says, as it says it")
    follow.add_argument("names", nargs="*", help="only these (default: all)")
    commands.add_parser("reset", help="stop everything and forget all data")
    return parser


class _tell_when:  # noqa: N801  # used as a function
    """Tell a line with the seconds since the start before it."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, line: str) -> None:
        _tell(f"{time.monotonic() - self._began:6.1f} s  {line}")


def _tell(line: str) -> None:
    print(line, flush=True)


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return _REFUSED


if __name__ == "__main__":
    sys.exit(main())
