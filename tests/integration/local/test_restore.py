"""A backup of a mesh with one broker comes back on three; servers alone are enough to see it."""

import json
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final
from uuid import UUID

import nats

from contracts.identity import UserRegistered
from deploy.backup.archive import Archive
from deploy.backup.restore import Restoring
from deploy.backup.take import Taking, postgres
from deploy.local.home import Home
from deploy.local.mesh import Mesh
from deploy.local.nats import NatsServer
from deploy.local.plan import Ports
from deploy.local.ports import free_block
from deploy.local.server import running
from shared.bus import Address, Bus
from shared.cause import Cause, new_id
from shared.database import Database
from shared.manifest import all_manifests
from shared.provision import broker
from shared.provision.databases import url_of
from shared.relay import Relay
from tests.waiting import until

_SERVICES: Final = ("identity", "storage")
_STREAM: Final = UserRegistered.subject.stream


def mesh_in(directory: Path, nodes: int) -> Mesh:
    """Plan a small mesh, reachable for PostgreSQL."""
    home = Home(directory / "data")
    home.make()
    for folder in (directory, home.root):
        folder.chmod(0o711)
    manifests = {name: all_manifests()[name] for name in _SERVICES}
    return Mesh(home, Ports.plan(free_block(), manifests, nodes), manifests)


@contextmanager
def serving(mesh: Mesh) -> Generator[None]:
    """Run its servers, and nothing else, for the length of a block."""
    with mesh.home.held(), ExitStack() as stack:
        for server in mesh.servers():
            stack.enter_context(running(server, mesh.home.log(server.name)))
        yield


async def until_well(mesh: Mesh) -> None:
    """Wait until every node of the broker holds what it should, and provide for the services."""
    brokers = [one for one in mesh.servers() if isinstance(one, NatsServer)]
    await until(lambda: all(one.is_healthy(5.0) for one in brokers), 60)
    await mesh.provision().run()


@asynccontextmanager
async def identity_of(mesh: Mesh) -> AsyncGenerator[tuple[Database, Relay]]:
    """Be its identity, as far as that says something."""
    told = mesh.provision()
    url = url_of(postgres(mesh).admin_url, "identity", told.database_passwords["identity"])
    database = await Database.connect(url, source="identity")
    password = mesh.vault.secret("nats-identity")
    bus = await Bus("identity", Address(told.nats_url, "identity", password)).connect()
    try:
        yield database, Relay(database, bus)
    finally:
        await bus.stop()
        await database.close()


async def say(database: Database, many: int) -> list[UUID]:
    said = [UserRegistered(user_id=new_id()) for _ in range(many)]
    async with database.begin(Cause()) as unit:
        for one in said:
            await unit.say(one)
    return [one.user_id for one in said]


async def kept(mesh: Mesh) -> tuple[int, list[UUID]]:
    """Tell on how many nodes the stream is, and what is in it."""
    told = mesh.provision()
    connection = await nats.connect(
        told.nats_url.split(","), user=broker.ADMIN, password=told.nats_password
    )
    try:
        jetstream = connection.jetstream(timeout=10)
        there = await jetstream.stream_info(_STREAM)
        reading = await jetstream.subscribe("", stream=_STREAM, ordered_consumer=True)
        found = [await reading.next_msg(timeout=10) for _ in range(there.state.messages)]
    finally:
        await connection.close()
    return there.config.num_replicas or 0, [UUID(json.loads(one.data)["user_id"]) for one in found]


async def test_what_one_broker_was_told_three_are_told_after_a_restore(
    server_directory: Path,
) -> None:
    one, three = (mesh_in(server_directory / f"restore-{nodes}", nodes) for nodes in (1, 3))
    backup, told = server_directory / "restore-backup", list[str]()
    with serving(one):
        await until_well(one)
        async with identity_of(one) as (database, relay):
            said = await say(database, 20)
            await relay.carry()
            said += await say(database, 5)
        await Taking(one, told.append).to(backup)

    await Restoring(three, told.append).run(Archive.open(backup), replace=False)
    with serving(three):
        await until_well(three)
        async with identity_of(three) as (database, relay):
            said += await say(database, 1)
            while (await relay.carry())[1]:
                """Until nothing is left to carry."""

        assert await kept(three) == (3, said)
