"""What waits in the outbox is counted, bounded, and kept for as long as asked."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from shared.cause import Cause
from shared.problems import Away
from shared.provision import broker
from shared.relay import Keeping, OutboxWaits, Relay
from tests.integration.shared.hearing import happened, until_counted
from tests.integration.shared.lab import SOMEBODY, Lab


async def full(lab: Lab) -> None:
    """Let the stream take one message and no more."""
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    config = (await jetstream.stream_info("EVT_LAB")).config
    await jetstream.update_stream(config.evolve(max_msgs=1))


async def roomy(lab: Lab) -> None:
    """Let the stream take messages again."""
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    config = (await jetstream.stream_info("EVT_LAB")).config
    await jetstream.update_stream(config.evolve(max_msgs=-1))


def told(what: str) -> float:
    """Read a metric of the outbox."""
    return REGISTRY.get_sample_value(f"mesh_outbox_{what}") or 0.0


class TestRelay:
    async def test_at_its_limit_new_requests_are_refused_and_running_work_goes_on(
        self, lab: Lab
    ) -> None:
        await full(lab)
        bus = await lab.bus("lab")
        await bus.start()
        database = await lab.database("lab")
        relay = Relay(database, bus, Keeping(limit=3))
        await lab.say(*(happened() for _ in range(4)))
        await relay.carry()
        await relay.measure()

        with pytest.raises(Away, match="waits to be published"):
            await lab.say(happened())

        begun = Cause(actor=SOMEBODY.actor, begun=True)
        async with database.begin(begun) as unit:
            await unit.say(happened())
        assert await lab.count("lab", "outbox") == 5

    async def test_a_message_that_waits_for_long_makes_us_unready(self, lab: Lab) -> None:
        await full(lab)
        bus = await lab.bus("lab")
        await bus.start()
        database = await lab.database("lab")
        relay = Relay(database, bus)
        await lab.say(happened(), happened())
        await relay.carry()
        await relay.measure()
        await relay.check()
        async with database.reading() as session:
            await session.execute(
                text("UPDATE outbox SET created_at = created_at - interval '1 minute'")
            )

        await relay.measure()

        with pytest.raises(OutboxWaits, match="has waited for 6"):
            await relay.check()

    async def test_its_age_is_told_until_it_is_published(self, lab: Lab) -> None:
        await full(lab)
        bus = await lab.bus("lab")
        await bus.start()
        database = await lab.database("lab")
        relay = Relay(database, bus)
        await lab.say(happened(), happened())
        async with database.reading() as session:
            await session.execute(
                text("UPDATE outbox SET created_at = created_at - interval '1 minute'")
            )

        await relay.carry()
        await relay.measure()
        waiting, oldest = told("waiting"), told("oldest_seconds")
        await roomy(lab)
        while (await relay.carry())[0]:
            pass

        assert waiting == 1
        assert 60 < oldest < 600
        assert (told("waiting"), told("oldest_seconds")) == (0, 0)

    async def test_only_what_was_published_long_ago_is_swept(self, lab: Lab) -> None:
        bus = await lab.bus("lab")
        await bus.start()
        database = await lab.database("lab")
        relay = Relay(database, bus, Keeping(published=timedelta(days=8)))
        await lab.say(happened(), happened())
        await relay.carry()
        await lab.say(happened())
        async with database.reading() as session:
            await session.execute(
                text(
                    "UPDATE outbox SET published_at = published_at - interval '9 days'"
                    " WHERE id = (SELECT min(id) FROM outbox)"
                )
            )

        await relay.sweep_once()

        await until_counted(lab, "lab", "outbox", 2)
