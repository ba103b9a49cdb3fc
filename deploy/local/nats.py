"""The broker: nats-server from its wheel, with JetStream that syncs every message to disk."""

import http.client
import json
import socket
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from deploy.local.program import Program, plain_environment

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class NatsServer:
    """One broker. `accounts` is configuration text: who may connect, and what they may do."""

    directory: Path
    port: int
    monitor_port: int
    accounts: str = ""
    sync_interval: str = "always"
    name: str = "nats"

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://{HOST}:{self.port}"

    @property
    def ports(self) -> tuple[int, int]:
        """Clients and monitoring."""
        return (self.port, self.monitor_port)

    @property
    def configuration(self) -> Path:
        """The file that it is started with; it may hold passwords."""
        return self.directory / "nats.conf"

    def prepare(self) -> None:
        """Write the configuration, readable by us alone."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(self._text())

    def program(self) -> Program:
        """Run it; whatever its exit code, it is to be started again (SIGTERM gives 0)."""
        executable = str(Path(sysconfig.get_path("scripts")) / "nats-server")
        return Program(
            name=self.name,
            command=(executable, "--config", str(self.configuration)),
            directory=self.directory,
            environment=plain_environment() | {"GOMEMLIMIT": "512MiB"},
        )

    def probe(self, within: float) -> None:
        """Read the greeting of the client port, then ask whether JetStream has recovered."""
        with socket.create_connection((HOST, self.port), within) as connection:
            connection.settimeout(within)
            greeting = connection.makefile("rb").readline()
        if not greeting.startswith(b"INFO ") or not json.loads(greeting[5:]).get("jetstream"):
            raise ConnectionRefusedError(f"no JetStream at {self.url}")
        monitor = http.client.HTTPConnection(HOST, self.monitor_port, timeout=within)
        try:
            monitor.request("GET", "/healthz")
            answer = monitor.getresponse()
        except http.client.HTTPException as unreadable:
            raise ConnectionRefusedError(f"no health from {self.url}") from unreadable
        finally:
            monitor.close()
        if answer.status != http.HTTPStatus.OK:
            raise ConnectionRefusedError(f"JetStream at {self.url} is not healthy yet")

    def tidy(self) -> None:
        """It leaves nothing elsewhere."""

    def _text(self) -> str:
        store = json.dumps(str(self.directory / "jetstream"))
        return f"""\
server_name: mesh
listen: "{HOST}:{self.port}"
http: "{HOST}:{self.monitor_port}"
jetstream {{
  store_dir: {store}
  sync_interval: {self.sync_interval}
  max_file_store: 1TB
  max_memory_store: 128MB
}}
{self.accounts}
"""
