"""How the command line reaches a mesh: the one of this machine, or another that is named."""

import os
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TypeVar

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from pydantic import Field, SecretStr

from deploy.local import nats as brokers
from deploy.local import status
from deploy.local.home import Home
from deploy.local.plan import Ports
from deploy.local.vault import Vault
from shared.cause import Cause
from shared.manifest import all_manifests
from shared.messages import Answer, Request
from shared.problems import Away
from shared.provision.broker import OPERATOR
from shared.requests import ask
from shared.settings import BadSettings, ServiceSettings

if TYPE_CHECKING:
    from deploy.local.mesh import Mesh

ROOT: Final = Path(__file__).resolve().parents[2]
WITHIN: Final = 5.0
"""Seconds to wait for the broker, and for each of its answers."""

A = TypeVar("A", bound=Answer)


class Settings(ServiceSettings):
    """As for a service called `operator`; what is not told is looked up in the data directory."""

    nats_url: str = Field(default="", description="Where the broker listens.")
    nats_password: SecretStr = Field(
        default=SecretStr(""), description="The password of the broker user `operator`."
    )


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker and its monitoring are, and who we are there."""

    nats_url: str
    nats_user: str
    nats_password: str
    monitor_url: str


@dataclass(slots=True)
class Access:
    """One mesh, reached when first needed; everything opened is closed at the end."""

    address: Address
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _connection: Client | None = None

    @classmethod
    def configured(cls) -> Self:
        """Read settings as services do; without an address it is the mesh of this machine."""
        settings = Settings.load(OPERATOR)
        if settings.nats_url:
            return cls(
                Address(
                    settings.nats_url,
                    settings.nats_user,
                    settings.nats_password.get_secret_value(),
                    settings.nats_monitor_url,
                )
            )
        home = local_home()
        ports = Ports.plan(_base(home), (), brokers.nodes(home.nats) or 1).brokers
        return cls(
            Address(
                ",".join(f"nats://127.0.0.1:{clients}" for clients, _, _ in ports),
                OPERATOR,
                _password(home),
                ",".join(f"http://127.0.0.1:{monitor}" for _, monitor, _ in ports),
            )
        )

    @classmethod
    def offline(cls) -> Self:
        """Reach nothing: for what is done to a mesh that does not run."""
        return cls(Address("", "", "", ""))

    def require(self, nats_url: str) -> None:
        """Refuse where operators work elsewhere: one provides for a mesh where its secrets are."""
        if self.address.nats_url != nats_url:
            raise BadSettings(
                "this needs the secrets of the mesh itself: run it on the machine that made them,"
                f" not against {self.address.nats_url}"
            )

    async def connection(self) -> Client:
        """Connect to the broker as its operator, once; `Away` when it cannot be reached."""
        if self._connection is None:
            self._connection = await self._connect()
            self.stack.push_async_callback(self._connection.close)
        return self._connection

    async def jetstream(self) -> JetStreamContext:
        """JetStream on that connection."""
        return (await self.connection()).jetstream(timeout=WITHIN)

    async def ask(self, request: Request[A], *, within: float = WITHIN) -> A:
        """Ask a service, as an administrator; raises `Refused` or `Away`."""
        cause = Cause(role="administrator")
        connection = await self.connection()
        return await ask(connection, request, cause, source=OPERATOR, within=within)

    async def _connect(self) -> Client:
        try:
            return await nats.connect(
                self.address.nats_url.split(","),
                name="mesh",
                user=self.address.nats_user,
                password=self.address.nats_password,
                inbox_prefix=f"_INBOX_{OPERATOR}".encode(),
                connect_timeout=WITHIN,
                allow_reconnect=False,
                error_cb=_quiet,
            )
        except (OSError, TimeoutError, NatsError) as gone:
            reason = str(gone) or repr(gone)
            raise Away(
                f"no broker at {self.address.nats_url} lets {self.address.nats_user} in: {reason}."
                " Is the mesh running (`make status`), and is MESH_DATA its data directory?"
            ) from gone


def local_home() -> Home:
    """Find the data directory of this machine's mesh: `MESH_DATA`, or `.data` of this checkout."""
    told = os.environ.get("MESH_DATA")
    return Home((Path(told) if told else ROOT / ".data").resolve())


def require_this_machine() -> None:
    """Refuse what reads and writes data directories, where another mesh is meant."""
    if elsewhere := Settings.load(OPERATOR).nats_url:
        raise BadSettings(
            f"this is for the mesh of this machine, but operators work on the one at {elsewhere}:"
            " there back up databases and object store by their own means, databases first"
            " (docs/operate.md), or unset MESH_OPERATOR_NATS_URL"
        )


def local_mesh() -> "Mesh":
    """Describe the mesh of this machine, with everybody's secrets: it is ours to provide for."""
    from deploy.local.mesh import Mesh  # noqa: PLC0415  # half a second, and few commands need it

    home, manifests = local_home(), all_manifests()
    ports = Ports.plan(_base(home), manifests, brokers.nodes(home.nats) or 1)
    return Mesh(home, ports, manifests)


def _base(home: Home) -> int:
    """Ask the running mesh where it listens; one that does not run is where it would be."""
    told = os.environ.get("MESH_PORT_BASE") or "8080"
    pid = home.holder()
    seen = status.read(home.status, pid) if pid else None
    if seen is not None:
        told = seen.address.rpartition(":")[2]
    if not told.isdecimal():
        raise BadSettings(f"MESH_PORT_BASE is {told!r}, which is no number")
    return int(told)


def _password(home: Home) -> str:
    if not (home.secrets / f"nats-{OPERATOR}").exists():
        raise BadSettings(
            f"{home.root} knows no password of the operator: start the mesh once (`make up`), set"
            " MESH_DATA to its data directory, or, for a mesh elsewhere, MESH_OPERATOR_NATS_URL"
            " and MESH_OPERATOR_NATS_PASSWORD"
        )
    return Vault(home.secrets).secret(f"nats-{OPERATOR}")


async def _quiet(_: Exception) -> None:
    """What the connection complains of is told by the command that fails."""
