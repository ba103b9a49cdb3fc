"""Real servers for tests, on free ports and in a directory that goes with the session."""

import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast
from uuid import uuid4

import asyncpg
from minio import Minio

from deploy.local import objects
from deploy.local.nats import ONE, NatsServer, addresses, monitors
from deploy.local.nats import cluster as nats_cluster
from deploy.local.objects import ObjectServer
from deploy.local.ports import free_ports
from deploy.local.postgres import HOST, PostgresServer
from deploy.local.program import Child
from deploy.local.server import Server, running, until_ready


@contextmanager
def reachable_directory() -> Generator[Path]:
    """Make a directory that PostgreSQL can reach even when we are root; it goes with the block."""
    directory = Path(tempfile.mkdtemp(prefix="studymesh-test-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@dataclass
class Held:
    """A running server that a test may kill and bring back on the same ports with its data."""

    server: Server
    log: Path
    child: Child

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.child.kill()
        self.child.stop_now()

    def stop(self) -> None:
        """End it politely."""
        self.child.stop_now()

    def start(self) -> None:
        """Bring it back, and wait until it is ready.

        Call it from the main thread: a child dies with the thread that started it.
        """
        self.server.prepare()
        self.child = Child(self.server.program(), self.log)
        until_ready(self.server, self.child, self.log)


@contextmanager
def held(server: Server, log: Path) -> Generator[Held]:
    """Hold a running server for the length of a block."""
    with running(server, log) as child:
        holding = Held(server, log, child)
        try:
            yield holding
        finally:
            holding.stop()


@dataclass
class Nats:
    """A broker."""

    server: NatsServer
    held: Held

    @property
    def url(self) -> str:
        """Where clients connect."""
        return self.server.url

    def rewrite(self, accounts: str) -> None:
        """Give it other users, from its next start on."""
        self.server = replace(self.server, accounts=accounts)
        self.held.server = self.server


@contextmanager
def nats(directory: Path, accounts: str = "", shipped: Path = ONE) -> Generator[Nats]:
    """Run a broker of one's own; `accounts` is configuration text (users, permissions)."""
    port, monitor = free_ports(2)
    home = directory / f"nats-{port}-{uuid4().hex[:8]}"
    server = NatsServer(home, port, monitor, accounts, shipped=shipped)
    with held(server, directory / f"nats-{port}.log") as holding:
        yield Nats(server, holding)


@dataclass
class Cluster(Nats):
    """Three brokers that keep everything three times; `server` and `held` are the first."""

    nodes: tuple[Held, ...]

    @property
    def url(self) -> str:
        """Where clients connect: to any of them."""
        return addresses(self.servers)

    @property
    def monitor_url(self) -> str:
        """Where all of them can be looked at."""
        return monitors(self.servers)

    @property
    def servers(self) -> tuple[NatsServer, ...]:
        """What is run, in order of their names."""
        return tuple(cast("NatsServer", node.server) for node in self.nodes)

    def wait_until_well(self, within: float = 60.0) -> None:
        """Wait until they have found each other and chosen who leads."""
        deadline = time.monotonic() + within
        while not all(map(_is_well, self.servers)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.url} is no cluster after {within:g} s")
            time.sleep(0.05)


def _is_well(server: NatsServer) -> bool:
    with suppress(OSError):
        return server.is_healthy(1.0)
    return False


@contextmanager
def cluster(directory: Path, accounts: str = "") -> Generator[Cluster]:
    """Run three brokers of one's own."""
    ports = free_ports(9)
    home = directory / f"nats-{ports[0]}-{uuid4().hex[:8]}"
    triples = zip(ports[::3], ports[1::3], ports[2::3], strict=True)
    with ExitStack() as stack:
        nodes = tuple(
            stack.enter_context(held(server, directory / f"{home.name}-{server.name}.log"))
            for server in nats_cluster(home, triples, accounts, "nodes-secret")
        )
        made = Cluster(cast("NatsServer", nodes[0].server), nodes[0], nodes)
        made.wait_until_well()
        yield made


@dataclass
class Postgres:
    """A database server and its administrator."""

    server: PostgresServer
    held: Held

    @property
    def admin_url(self) -> str:
        """Where the administrator connects, as SQLAlchemy writes it."""
        return self.server.admin_url

    async def fresh_database(self, *, vector: bool = False) -> str:
        """Make a new database that belongs to a new role of the same name; tell its address."""
        name = f"test_{uuid4().hex}"
        await self.run(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
        await self.run(f"CREATE DATABASE {name} OWNER {name}")
        if vector:
            await self.run("CREATE EXTENSION vector", database=name)
        return f"postgresql+asyncpg://{name}:{name}@{HOST}:{self.server.port}/{name}"

    async def run(self, statement: str, *, database: str = "postgres") -> None:
        """Run one statement as the administrator."""
        connection = await asyncpg.connect(
            host=HOST,
            port=self.server.port,
            user="postgres",
            password=self.server.password,
            database=database,
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def postgres(directory: Path) -> Generator[Postgres]:
    """Run a database server that does not wait for the disk."""
    (port,) = free_ports(1)
    server = PostgresServer(directory / f"postgres-{port}", port, "test", durable=False)
    with held(server, directory / f"postgres-{port}.log") as holding:
        yield Postgres(server, holding)


@dataclass
class S3:
    """An object store and its administrator."""

    server: ObjectServer
    held: Held
    access_key: str = field(init=False)
    secret_key: str = field(init=False)

    def __post_init__(self) -> None:
        self.access_key = self.server.access_key
        self.secret_key = self.server.secret_key

    @property
    def endpoint(self) -> str:
        """Host and port, without a scheme."""
        return self.server.endpoint

    def client(self) -> Minio:
        """Connect as the administrator."""
        return Minio(
            self.endpoint, access_key=self.access_key, secret_key=self.secret_key, secure=False
        )

    def fresh_bucket(self) -> str:
        """Make a new, empty bucket and tell its name."""
        name = f"test-{uuid4().hex}"
        self.client().make_bucket(name)
        return name


@contextmanager
def s3(directory: Path) -> Generator[S3]:
    """Run an object store."""
    ports = free_ports(objects.PORTS)
    home = directory / f"objects-{ports[0]}"
    server = ObjectServer(home, ports, "test", "test-secret")
    try:
        with held(server, directory / f"objects-{ports[0]}.log") as holding:
            yield S3(server, holding)
    finally:
        server.tidy()
