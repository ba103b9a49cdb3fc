"""A gateway on a real port, with fakes behind its ports."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from services.gateway.access import Access
from services.gateway.allowances import Allowances
from services.gateway.app import build
from services.gateway.dependencies import Gateway
from services.gateway.live.sockets import Sockets
from services.gateway.model import Caller
from services.gateway.pace import Tempo
from services.gateway.places import Places
from services.gateway.settings import Limits
from shared.cause import new_id
from shared.health import Health
from tests.unit.gateway.fakes import (
    FakeDiscovery,
    FakeMesh,
    FakeObjects,
    FakePasses,
    FakePushes,
    Signer,
)
from tests.unit.gateway.warehouse import Warehouse
from tests.waiting import until

LIMITS = Limits(
    file_bytes=100_000,
    body_bytes=10_000,
    light_bytes=500,
    sockets_per_user=2,
)


def somebody(role: str = "learner") -> Caller:
    return Caller(new_id(), new_id(), role)


@dataclass
class World:
    """The gateway as its callers see it, and what stands behind it."""

    mesh: FakeMesh = field(default_factory=FakeMesh)
    objects: FakeObjects = field(default_factory=FakeObjects)
    pushes: FakePushes = field(default_factory=FakePushes)
    passes: FakePasses = field(default_factory=FakePasses)
    discovery: FakeDiscovery = field(default_factory=FakeDiscovery)
    signer: Signer = field(default_factory=Signer)
    caller: Caller = field(default_factory=somebody)
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    per_second: float = 1_000
    limits: Limits = LIMITS
    tempo: Tempo = field(default_factory=Tempo)
    sign_ins: int = 60
    spare_local: bool = True
    origins: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    address: str = ""

    def __post_init__(self) -> None:
        self.mesh.trust(self.signer)
        self.access = Access(self.mesh)
        self.tabs = Sockets(self.limits.sockets_per_user)
        self.uploads = Places(2, 1, self.tempo)

    def gateway(self) -> Gateway:
        return Gateway(
            mesh=self.mesh,
            objects=self.objects,
            pushes=self.pushes,
            passes=self.passes,
            access=self.access,
            limits=self.limits,
            allowances=Allowances(self.per_second),
            sign_ins=Allowances(self.sign_ins / 60, 60),
            spare_local=self.spare_local,
            uploads=self.uploads,
            downloads=Places(2, 1, self.tempo),
            sockets=self.tabs,
            discovery=self.discovery,
            services=("document", "search"),
        )

    @property
    def web_socket(self) -> str:
        return self.address.replace("http", "ws") + "/api/v1/ws"

    def client(self, caller: Caller | None = None) -> httpx.AsyncClient:
        """A client that is signed in."""
        token = self.signer.token(caller or self.caller)
        return httpx.AsyncClient(
            base_url=self.address, headers={"Authorization": f"Bearer {token}"}, trust_env=False
        )

    def stranger(self) -> httpx.AsyncClient:
        """A client that is not."""
        return httpx.AsyncClient(base_url=self.address, trust_env=False)


class Quiet(uvicorn.Server):
    """Leaves signals to pytest."""

    def install_signal_handlers(self) -> None: ...


@pytest.fixture
def world() -> World:
    """Change it before `served` is asked for, by overriding this fixture."""
    return World()


@pytest.fixture
async def served(world: World) -> AsyncGenerator[World]:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    Health("gateway").mount(app)
    build(app, world.gateway(), world.draining, list(world.origins), world.proxies)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        world.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            app, log_config=None, lifespan="off", timeout_graceful_shutdown=1, proxy_headers=False
        )
        server = Quiet(config)
        serving = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started)
        yield world
        server.should_exit = True
        await serving


@pytest.fixture
async def client(served: World) -> AsyncGenerator[httpx.AsyncClient]:
    async with served.client() as client:
        yield client


@pytest.fixture
async def stranger(served: World) -> AsyncGenerator[httpx.AsyncClient]:
    async with served.stranger() as client:
        yield client


@pytest.fixture
def warehouse(world: World) -> Warehouse:
    """Storage and document behind the gateway."""
    return Warehouse(world.mesh, world.objects)
