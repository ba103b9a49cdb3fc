"""A broker with users, provisioned as deployed; gateway and notification connect as themselves."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import nats
import pytest
from nats.js import JetStreamContext

from contracts.notification import Frame
from shared.bus import Address, Bus
from shared.cause import Cause
from shared.envelope import Envelope
from shared.manifest import all_manifests
from shared.provision import broker, streams
from tests import servers
from tests.servers import Nats

MANIFESTS = all_manifests()
PASSWORDS = {name: f"{name}-secret" for name in (broker.ADMIN, *MANIFESTS)}
PLAN = streams.plan(MANIFESTS.values(), streams.Sizes(stream_bytes=64 * 1024 * 1024))


@dataclass
class Broker:
    """The broker, the gateway's bus on it, and a pen to write pushes with."""

    nats: Nats
    bus: Bus
    pen: JetStreamContext
    admin: JetStreamContext

    async def push(self, user: UUID, name: str) -> int:
        """Push a frame as notification does; answers its offset."""
        frame = Frame(user_id=user, name=name, data={"n": 1})
        headers = Envelope.seal(frame, Cause(actor=user), source="notification").headers()
        body = frame.model_dump_json().encode()
        stored = await self.pen.publish(frame.address, body, headers=headers, stream="PUSH")
        return int(stored.seq)


@pytest.fixture
async def provisioned(server_directory: Path) -> AsyncGenerator[Broker]:
    accounts = broker.users(MANIFESTS.values(), PASSWORDS)
    with servers.nats(server_directory, accounts=accounts) as server:
        async with AsyncExitStack() as stack:
            admin = await nats.connect(
                server.url, user=broker.ADMIN, password=PASSWORDS[broker.ADMIN]
            )
            stack.push_async_callback(admin.close)
            await streams.apply(admin.jetstream(timeout=30), PLAN)
            pen = await nats.connect(
                server.url,
                user="notification",
                password=PASSWORDS["notification"],
                inbox_prefix="_INBOX_notification",
            )
            stack.push_async_callback(pen.close)
            bus = Bus("gateway", Address(server.url, "gateway", PASSWORDS["gateway"]))
            stack.push_async_callback(bus.stop)
            await bus.start()
            yield Broker(server, bus, pen.jetstream(), admin.jetstream(timeout=2))
