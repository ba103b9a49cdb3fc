"""The database: PostgreSQL from its wheel, as an unprivileged user even when we are root."""

import signal
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.local import cluster
from deploy.local.program import Program, unprivileged
from deploy.local.reach import require_reach

HOST = "127.0.0.1"
ADMIN = "postgres"

_PROTOCOL_3 = 196608
_LONGEST_ANSWER = 1024
_MAJOR = 18


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """One PostgreSQL. Its administrator's password is fixed when the data directory is made."""

    directory: Path
    port: int
    password: str
    durable: bool = True
    """Tests may do without: nobody cuts their power."""
    connections: int = 250
    name: str = "postgres"

    @property
    def admin_url(self) -> str:
        """Where the administrator connects."""
        return f"postgresql+asyncpg://{ADMIN}:{self.password}@{HOST}:{self.port}/postgres"

    @property
    def ports(self) -> tuple[int]:
        """Where it listens."""
        return (self.port,)

    @property
    def data(self) -> Path:
        """The cluster's files, named for the only version that can read them."""
        return self.directory / f"data-{_MAJOR}"

    def prepare(self) -> None:
        """Make the data directory once; one that was left half made is made again."""
        user = unprivileged()
        if user is not None:
            require_reach(self.directory, user)
        if not self.directory.exists():
            self.directory.mkdir(mode=0o700, parents=True)
            cluster.hand_over(self.directory, user)
        if not self.data.exists():
            cluster.make(self.data, ADMIN, self.password, durable=self.durable)

    def program(self) -> Program:
        """Run it; SIGINT is its fast shutdown, SIGTERM would wait for every pooled connection."""
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": self.connections,
            "jit": "off",
            "max_wal_size": "512MB",
            # Room for the graph of 100,000 vectors and what is read beside it; taken when used.
            "shared_buffers": "256MB",
            # After a crash every file would be synced by itself, thousands in our many databases:
            # ten seconds and more on a busy disk, in which nobody is served.
            "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
        } | ({} if self.durable else {"fsync": "off"})
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return Program(
            name=self.name,
            command=(
                str(cluster.binary("postgres", self.directory)),
                "-D",
                str(self.data),
                *options,
            ),
            directory=self.data,
            environment=cluster.environment(),
            user=unprivileged(),
            stop_signal=signal.SIGINT,
            stop_within=20.0,
            orphan_signal=signal.SIGQUIT,
        )

    def probe(self, within: float) -> None:
        """Begin a fresh session: asked for a password, we know that it takes connections."""
        words = f"user\0{ADMIN}\0database\0postgres\0\0".encode()
        with socket.create_connection((HOST, self.port), within) as connection:
            connection.settimeout(within)
            connection.sendall(struct.pack("!II", len(words) + 8, _PROTOCOL_3) + words)
            # All of it: who hangs up with words unread resets the connection, and that is logged.
            answer = connection.recv(_LONGEST_ANSWER)
        if not answer.startswith(b"R"):
            raise ConnectionRefusedError(f"PostgreSQL on port {self.port} takes no sessions yet")

    def tidy(self) -> None:
        """It leaves nothing elsewhere: it has no Unix socket."""
