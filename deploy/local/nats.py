"""The broker: nats-server from its wheel, alone or as a node of three, as `deploy/nats` says."""

import http.client
import json
import socket
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.program import Program, plain_environment

HOST = "127.0.0.1"
SHIPPED: Final = Path(__file__).resolve().parents[1] / "nats"
ONE: Final = SHIPPED / "one.conf"
NODE: Final = SHIPPED / "node.conf"
CONFIGURATION: Final = "nats.conf"
CLUSTER: Final = 3
"""How many nodes a cluster has."""


@dataclass(frozen=True, slots=True)
class Peers:
    """The nodes of one cluster, and how they know each other."""

    own: int
    """The port where this node lets others in."""
    ports: tuple[int, ...]
    """Everybody's."""
    password: str

    def environment(self) -> dict[str, str]:
        """Tell a node of the others, as the shipped configuration wants it."""
        routes = [f"nats-route://mesh:{self.password}@{HOST}:{port}" for port in self.ports]
        return {
            "NATS_CLUSTER_LISTEN": json.dumps(f"{HOST}:{self.own}"),
            "NATS_CLUSTER_ROUTES": json.dumps(routes),
            "NATS_CLUSTER_PASSWORD": json.dumps(self.password),
        }


@dataclass(frozen=True, slots=True)
class NatsServer:
    """One broker. `accounts` is configuration text: who may connect, and what they may do."""

    directory: Path
    port: int
    monitor_port: int
    accounts: str = ""
    name: str = "nats"
    peers: Peers | None = None
    """The cluster it is a node of; none when it is alone."""
    shipped: Path = ONE
    """The configuration, which is linked to and not copied."""

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://{HOST}:{self.port}"

    @property
    def monitor_url(self) -> str:
        """Where it can be looked at."""
        return f"http://{HOST}:{self.monitor_port}"

    @property
    def ports(self) -> tuple[int, ...]:
        """Clients, monitoring, and other nodes if there are any."""
        return (self.port, self.monitor_port, *([self.peers.own] if self.peers else []))

    def prepare(self) -> None:
        """Lay the configuration beside the users, whose passwords are for us alone."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._configuration.unlink(missing_ok=True)
        self._configuration.symlink_to(self.shipped)
        users = self.directory / "users.conf"
        users.touch(mode=0o600)
        users.write_text(self.accounts)

    def program(self) -> Program:
        """Run it; whatever its exit code, it is to be started again (SIGTERM gives 0)."""
        executable = str(Path(sysconfig.get_path("scripts")) / "nats-server")
        return Program(
            name=self.name,
            command=(executable, "--config", str(self._configuration)),
            directory=self.directory,
            environment=plain_environment() | {"GOMEMLIMIT": "512MiB"} | self._told(),
        )

    def probe(self, within: float) -> None:
        """Read the greeting of the client port, then ask whether JetStream has recovered.

        A node that waits for the others to elect or to catch up is not asked about that: it would
        be stopped for what only time mends.
        """
        with socket.create_connection((HOST, self.port), within) as connection:
            connection.settimeout(within)
            greeting = connection.makefile("rb").readline()
        if not greeting.startswith(b"INFO ") or not json.loads(greeting[5:]).get("jetstream"):
            raise ConnectionRefusedError(f"no JetStream at {self.url}")
        if not self.is_healthy(within, "?js-enabled-only=true" if self.peers else ""):
            raise ConnectionRefusedError(f"JetStream at {self.url} is not healthy yet")

    def is_healthy(self, within: float, asked: str = "") -> bool:
        """Ask its monitoring; a node is healthy when it holds all that it should."""
        monitor = http.client.HTTPConnection(HOST, self.monitor_port, timeout=within)
        try:
            monitor.request("GET", f"/healthz{asked}")
            return monitor.getresponse().status == http.HTTPStatus.OK
        except http.client.HTTPException as unreadable:
            raise ConnectionRefusedError(f"no health from {self.url}") from unreadable
        finally:
            monitor.close()

    def tidy(self) -> None:
        """It leaves nothing elsewhere."""

    @property
    def _configuration(self) -> Path:
        return self.directory / CONFIGURATION

    def _told(self) -> dict[str, str]:
        """Fill in what the shipped configuration leaves open; JSON is valid there."""
        name = self.name if self.peers else "mesh"
        told = {
            "NATS_NAME": name,
            "NATS_LISTEN": f"{HOST}:{self.port}",
            "NATS_MONITOR": f"{HOST}:{self.monitor_port}",
            "NATS_STORE": str(self.directory / "jetstream"),
        }
        peers = self.peers.environment() if self.peers else {}
        return {key: json.dumps(value) for key, value in told.items()} | peers


def addresses(servers: Iterable[NatsServer]) -> str:
    """Where clients connect, as settings say it: several with commas between."""
    return ",".join(server.url for server in servers)


def monitors(servers: Iterable[NatsServer]) -> str:
    """Where they can be looked at, as settings say it."""
    return ",".join(server.monitor_url for server in servers)


def nodes(directory: Path) -> int | None:
    """Tell how many brokers were started there; none if nobody was."""
    if _is_home(directory):
        return 1
    return CLUSTER if any(map(_is_home, directory.glob("[1-9]"))) else None


def _is_home(directory: Path) -> bool:
    """See whether a broker was there, though its link lead nowhere since the checkout moved."""
    return (directory / CONFIGURATION).is_symlink() or (directory / "jetstream").exists()


def cluster(
    directory: Path, ports: Iterable[tuple[int, int, int]], accounts: str, password: str
) -> tuple[NatsServer, ...]:
    """Make the nodes of a cluster, each in a directory of its own."""
    ports = tuple(ports)
    routes = tuple(own for _, _, own in ports)
    return tuple(
        NatsServer(
            directory / str(number),
            client,
            monitor,
            accounts,
            name=f"nats-{number}",
            peers=Peers(own, routes, password),
            shipped=NODE,
        )
        for number, (client, monitor, own) in enumerate(ports, start=1)
    )
