"""A lab of two services, with operations beside them and an operator at the command line."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shared.cause import new_id
from shared.manifest import all_manifests, manifest_of
from shared.migrations import upgrade
from shared.provision import broker, streams
from tests import servers
from tests.integration.operations.ward import Ward
from tests.integration.shared.lab import MANIFESTS, PASSWORDS, SIZES, Ear, Lab
from tests.integration.shared.listener import Listener
from tests.integration.shared.service_process import ServiceProcess
from tests.servers import Postgres


@pytest.fixture
async def ward(server_directory: Path, postgres: Postgres, tmp_path: Path) -> AsyncGenerator[Ward]:
    manifests = [*MANIFESTS.values(), manifest_of("operations")]
    secret = str(new_id())
    everybody = all_manifests()
    passwords = {name: name for name in everybody} | PASSWORDS | {broker.OPERATOR: secret}
    database_url = await postgres.fresh_database()
    await upgrade(database_url, "operations")
    users = broker.users([*MANIFESTS.values(), *everybody.values()], passwords)
    with servers.nats(server_directory, accounts=users) as nats:
        async with AsyncExitStack() as stack:
            lab = Lab(nats, postgres.admin_url.replace("+asyncpg", ""), stack)
            await lab.prepare()
            jetstream = (await lab.connect(broker.ADMIN)).jetstream()
            await streams.apply(jetstream, streams.plan(manifests, SIZES))
            service = ServiceProcess(
                "operations", nats, database_url, tmp_path / "operations.log", {}
            )
            ward = Ward(lab, service, Listener(Ear(await lab.database("ear"))), secret)
            yield ward
            await ward.close()
