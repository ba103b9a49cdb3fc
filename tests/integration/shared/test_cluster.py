"""Three brokers instead of one: any of them may be away, and everything is kept on all."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import nats.errors
import pytest
from nats.js import JetStreamContext

from shared.bus import Bus
from shared.provision import broker, streams
from shared.provision.streams import WouldLose
from shared.provision.sync import prove_sync_always
from shared.stored import whole_copies
from tests import servers
from tests.chaos.broker.copies import copy_of
from tests.integration.shared.hearing import happened, listening, until_counted
from tests.integration.shared.lab import MANIFESTS, PASSWORDS, SIZES, Ear, Lab, manifest
from tests.servers import Cluster, Postgres
from tests.waiting import until, until_answered, until_found

THREE_COPIES = replace(SIZES, replicas=3)
EVERYBODY = [replace(MANIFESTS["lab"], buckets=("tickets",)), MANIFESTS["ear"]]


@pytest.fixture
def cluster(server_directory: Path) -> Generator[Cluster]:
    with servers.cluster(server_directory, broker.users(EVERYBODY, PASSWORDS)) as cluster:
        yield cluster


@pytest.fixture
async def lab(cluster: Cluster, postgres: Postgres) -> AsyncGenerator[Lab]:
    admin_url = postgres.admin_url.replace("+asyncpg", "")
    async with AsyncExitStack() as stack:
        lab = Lab(cluster, admin_url, stack, sizes=THREE_COPIES)
        await lab.prepare()
        yield lab


@pytest.fixture
async def jetstream(lab: Lab) -> JetStreamContext:
    connection = await lab.connect(broker.ADMIN, max_reconnect_attempts=-1)
    return connection.jetstream(timeout=5)


class TestProvisioning:
    async def test_streams_places_and_buckets_are_kept_on_all_three(
        self, jetstream: JetStreamContext
    ) -> None:
        await patiently(jetstream, streams.plan(EVERYBODY, THREE_COPIES))

        kept = {one.config.name: one.config.num_replicas for one in await jetstream.streams_info()}
        place = await jetstream.consumer_info("EVT_LAB", "ear-lab-happened-v1")
        assert set(kept) > {"EVT_LAB", "KV_tickets"}
        assert set(kept.values()) == {3}
        await until_whole(jetstream, 3)
        assert place.cluster is not None
        assert len(place.cluster.replicas or []) == 2

    async def test_with_a_node_away_nothing_is_changed_and_a_newcomer_gets_a_place(
        self, cluster: Cluster, jetstream: JetStreamContext
    ) -> None:
        await patiently(jetstream, streams.plan(EVERYBODY, THREE_COPIES))
        newcomer = manifest("newcomer", hears=("evt.lab.happened.v1",))

        cluster.nodes[2].kill()

        assert await patiently(jetstream, streams.plan(EVERYBODY, THREE_COPIES)) == []
        await patiently(jetstream, streams.plan([*EVERYBODY, newcomer], THREE_COPIES))

        assert await jetstream.consumer_info("EVT_LAB", "newcomer-lab-happened-v1")
        await until_whole(jetstream, 2)
        assert await jetstream.consumer_info("TO", "to-newcomer-lab-happened-v1")

    async def test_fewer_copies_are_refused(self, jetstream: JetStreamContext) -> None:
        with pytest.raises(WouldLose, match="EVT_LAB: replicas would fall to 1"):
            await streams.apply(jetstream, streams.plan(EVERYBODY, SIZES))


class TestNodes:
    async def test_each_syncs_always_and_one_that_is_away_is_no_reason_to_refuse(
        self, cluster: Cluster
    ) -> None:
        for server in cluster.servers:
            await prove_sync_always(server.monitor_url)

        cluster.nodes[0].kill()

        await prove_sync_always(cluster.monitor_url)

    async def test_one_that_froze_is_left_for_another(self, cluster: Cluster, lab: Lab) -> None:
        ear = Ear(await lab.database("ear"))
        await listening(lab, ear)
        bus = await lab.bus("lab")
        await bus.start()
        before = port_of(bus)
        (frozen,) = [node for node in cluster.nodes if before in node.server.ports]

        os.kill(frozen.child.pid, signal.SIGSTOP)

        try:
            await until(lambda: port_of(bus) not in {None, before}, within=30)
            await lab.say(happened())
            await until_counted(lab, "ear", "effects", 1, within=30)
        finally:
            os.kill(frozen.child.pid, signal.SIGCONT)

    async def test_one_that_is_alone_is_left_though_it_answers(
        self, cluster: Cluster, lab: Lab
    ) -> None:
        ear = Ear(await lab.database("ear"))
        await listening(lab, ear)
        bus = await lab.bus("lab")
        await bus.start()
        port = port_of(bus)
        others = [node for node in cluster.nodes if port not in node.server.ports]

        for node in others:
            node.kill()
        await until(lambda: bus.connection.stats["reconnects"] > 0, within=60)

        for node in others:
            node.start()
        await lab.say(happened())
        await until_counted(lab, "ear", "effects", 1, within=60)

    async def test_one_whose_disk_is_gone_fetches_all_of_it_again(
        self, cluster: Cluster, lab: Lab, jetstream: JetStreamContext
    ) -> None:
        await listening(lab, Ear(await lab.database("ear")))
        await lab.say(*(happened() for _ in range(100)))
        await until_counted(lab, "ear", "effects", 100)
        empty = cluster.nodes[2]

        empty.kill()
        shutil.rmtree(cluster.servers[2].directory / "jetstream")
        empty.start()

        await asyncio.to_thread(cluster.wait_until_well)
        assert len(await copy_of(jetstream, empty.server.name)) == 100


def port_of(bus: Bus) -> int | None:
    """Tell to which node a bus is connected; none while it looks for one."""
    url = bus.connection.connected_url
    return url.port if url else None


async def until_whole(jetstream: JetStreamContext, copies: int) -> None:
    """Wait until so many nodes have all of the lab's events."""

    async def whole() -> bool:
        try:
            return whole_copies(await jetstream.stream_info("EVT_LAB")) == copies
        except (nats.errors.Error, TimeoutError):
            return False

    await until_found(whole, within=60)


async def patiently(jetstream: JetStreamContext, plan: streams.Plan) -> list[str]:
    """Try again while streams have no leader, as whoever starts provisioning does.

    Returns what the last try did: one that broke off may have done a part before.
    """
    return await until_answered(lambda: streams.apply(jetstream, plan))
