"""What operations measures of a real broker, with the rights it has there."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime

import httpx
import nats.errors
import pytest
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import KeyValueConfig
from prometheus_client import REGISTRY

from services.operations.watch import Watch
from shared.bus import Address, Bus
from shared.provision import broker
from shared.provision.streams import places
from shared.stored import listeners, waiting_since
from tests.integration.operations.ward import Ward
from tests.integration.shared.lab import MANIFESTS, SIZES
from tests.waiting import until, until_found

EAR = {"stream": "EVT_LAB", "durable": "ear-lab-happened-v1"}
STREAMS = {place.stream for manifest in MANIFESTS.values() for place in places(manifest)}


@pytest.fixture
async def bus(ward: Ward) -> AsyncGenerator[Bus]:
    bus = Bus("operations", Address(ward.lab.server.url, "operations", "operations"))
    yield await bus.connect()
    await bus.stop()


@pytest.fixture
def watch(bus: Bus) -> Watch:
    return Watch(bus, STREAMS | {"EVT_OF_NOBODY"}, asyncio.Event())


@pytest.fixture
async def admin(ward: Ward) -> JetStreamContext:
    return (await ward.lab.connect(broker.ADMIN)).jetstream()


def told(name: str, labels: dict[str, str]) -> float | None:
    return REGISTRY.get_sample_value(f"mesh_{name}", labels)


async def listened(admin: JetStreamContext, count: int) -> list[Msg]:
    place = await admin.pull_subscribe_bind(EAR["durable"], stream=EAR["stream"])
    return await place.fetch(count, timeout=5)


async def oldest(watch: Watch) -> datetime | None:
    """Ask with the rights that operations has."""
    [listener] = await listeners(watch.bus.jetstream, "EVT_LAB")
    return await waiting_since(watch.bus.jetstream, listener)


class TestMeasure:
    async def test_what_waits_is_told_with_its_age_until_it_is_dealt_with(
        self, watch: Watch, admin: JetStreamContext
    ) -> None:
        for _ in range(3):
            await admin.publish("evt.lab.happened.v1", b"{}")

        await watch.measure()
        waiting = [told(f"consumer_{what}", EAR) for what in ("pending", "ack_pending")]
        first = told("consumer_oldest_seconds", EAR)
        await watch.measure()
        later = told("consumer_oldest_seconds", EAR)
        for heard in await listened(admin, 3):
            await heard.ack_sync()
        await watch.measure()

        assert waiting == [3, 0]
        assert first is not None
        assert later is not None
        assert 0 < first < later
        assert told("consumer_oldest_seconds", EAR) == 0
        assert told("consumer_pending", EAR) == 0

    async def test_the_oldest_is_the_first_that_is_not_acked_whatever_was_acked_behind_it(
        self, watch: Watch, admin: JetStreamContext
    ) -> None:
        for _ in range(3):
            await admin.publish("evt.lab.happened.v1", b"{}")
        one, two, _ = await listened(admin, 3)

        await two.ack_sync()
        with_the_first = await oldest(watch)
        await one.ack_sync()
        with_the_third = await oldest(watch)

        assert with_the_first == (await admin.get_msg("EVT_LAB", 1)).time
        assert with_the_third == (await admin.get_msg("EVT_LAB", 3)).time

    async def test_what_was_given_twice_is_counted_while_it_is_in_hand(
        self, watch: Watch, admin: JetStreamContext
    ) -> None:
        await admin.publish("evt.lab.happened.v1", b"{}")
        [once] = await listened(admin, 1)
        await once.nak()
        [twice] = await listened(admin, 1)

        await watch.measure()
        in_hand = told("consumer_redelivered", EAR)
        await twice.ack_sync()
        await watch.measure()

        assert twice.metadata.num_delivered == 2
        assert in_hand == 1
        assert told("consumer_redelivered", EAR) == 0

    async def test_streams_are_told_with_their_limits_and_buckets_without(
        self, watch: Watch, admin: JetStreamContext
    ) -> None:
        await admin.create_key_value(KeyValueConfig("tickets"))
        await admin.publish("evt.lab.happened.v1", b"x" * 1_000)

        await watch.measure()

        held = told("stream_bytes", {"stream": "EVT_LAB"})
        assert held is not None
        assert 1_000 < held < 2_000
        assert told("stream_limit_bytes", {"stream": "EVT_LAB"}) == SIZES.stream_bytes
        assert told("stream_bytes", {"stream": "KV_tickets"}) == 0
        assert told("stream_limit_bytes", {"stream": "KV_tickets"}) is None

    async def test_nothing_is_refused_and_listeners_without_a_name_are_left_out(
        self, watch: Watch, admin: JetStreamContext
    ) -> None:
        await admin.subscribe("evt.lab.>", ordered_consumer=True)
        await admin.publish("evt.lab.happened.v1", b"{}")

        await watch.measure()
        await watch.bus.connection.flush()

        assert watch.bus.denied == ""
        assert {
            sample.labels["durable"]
            for family in REGISTRY.collect()
            if family.name == "mesh_consumer_pending"
            for sample in family.samples
            if sample.labels["stream"] == "EVT_LAB"
        } == {EAR["durable"]}


class TestRights:
    async def test_it_reads_no_buckets(self, bus: Bus, admin: JetStreamContext) -> None:
        bucket = await admin.create_key_value(KeyValueConfig("tickets"))
        await bucket.put("door", b"open")

        with pytest.raises((nats.errors.Error, TimeoutError)):
            await bus.connection.jetstream(timeout=0.5).get_msg(
                "KV_tickets", seq=1, subject=">", direct=True, next=True
            )

        assert "kv_tickets" in bus.denied.lower()


class TestRun:
    async def test_without_a_broker_nothing_is_told_rather_than_what_was(
        self, watch: Watch, bus: Bus, admin: JetStreamContext
    ) -> None:
        await admin.publish("evt.lab.happened.v1", b"{}")
        await watch.measure()
        before = told("consumer_pending", EAR)
        await bus.stop()

        running = asyncio.create_task(watch.run())
        await until(lambda: told("consumer_pending", EAR) is None)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

        assert before == 1

    async def test_the_process_tells_it_on_its_own_port(self, ward: Ward) -> None:
        line = 'mesh_consumer_oldest_seconds{durable="operations-dead",stream="DEAD"} 0.0'
        async with ward.service.running(), httpx.AsyncClient(trust_env=False) as http:

            async def listed() -> bool:
                answer = await http.get(f"http://127.0.0.1:{ward.service.port}/metrics")
                return line in answer.text

            await until_found(listed, within=30)
