"""The gateway's adapters on a real broker, as its own user, allowed no more than needed."""

import asyncio
import shutil
from contextlib import aclosing
from dataclasses import replace
from functools import partial

import httpx
import pytest

from services.gateway.discovery import NatsDiscovery
from services.gateway.live.passes import LIFE, NatsPasses
from services.gateway.live.pushes import NatsPushes
from services.gateway.ports import EpochChanged
from shared.cause import new_id
from shared.provision import streams
from tests.integration.gateway.conftest import PLAN, Broker
from tests.unit.gateway.behaviour import PassesBehaviour, Push, PushesBehaviour
from tests.unit.gateway.conftest import somebody
from tests.waiting import until_found

ONLY_PUSHES = replace(
    PLAN, streams=tuple(one for one in PLAN.streams if one.name == "PUSH"), places=(), buckets=()
)


async def has_readers(provisioned: Broker) -> bool:
    """See whether the broker keeps a reader of pushes for anybody."""
    return bool(await provisioned.admin.consumers_info("PUSH"))


async def has_none(provisioned: Broker) -> bool:
    """See that it keeps none; on its own it would let go of one after 30 s only."""
    return not await has_readers(provisioned)


@pytest.fixture
def push(provisioned: Broker) -> Push:
    return provisioned.push


@pytest.fixture
def pushes(provisioned: Broker) -> NatsPushes:
    return NatsPushes(provisioned.bus)


class TestNatsPushes(PushesBehaviour):
    async def test_a_broker_that_dies_costs_nothing_and_doubles_nothing(
        self, provisioned: Broker, pushes: NatsPushes, push: Push
    ) -> None:
        me = new_id()
        first = await push(me, "a.0")
        told: list[str] = []

        async with asyncio.timeout(40), aclosing(pushes.follow(me, first - 1)) as following:
            told.append((await anext(following)).name)
            provisioned.nats.held.kill()
            provisioned.nats.held.start()

            async def pushed() -> bool:
                try:
                    await push(me, "a.1")
                except Exception:  # noqa: BLE001  # not back yet, whatever it says
                    return False
                return True

            await until_found(pushed)
            await push(me, "a.2")
            while told[-1] != "a.2":
                told.append((await anext(following)).name)

        assert told == ["a.0", "a.1", "a.2"]

    async def test_a_stream_that_was_lost_and_made_again_is_not_taken_for_the_old_one(
        self, provisioned: Broker, pushes: NatsPushes, push: Push
    ) -> None:
        me = new_id()
        first = await push(me, "a.0")
        mark = await pushes.mark(me)

        follow = pushes.follow(me, first - 1, mark.epoch)
        async with asyncio.timeout(60), aclosing(follow) as following:
            await anext(following)
            provisioned.nats.held.kill()
            shutil.rmtree(provisioned.nats.server.directory / "jetstream")
            provisioned.nats.held.start()

            async def is_provisioned() -> bool:
                try:
                    await streams.apply(provisioned.admin, ONLY_PUSHES)
                except Exception:  # noqa: BLE001  # not back yet, whatever it says
                    return False
                return True

            await until_found(is_provisioned)
            with pytest.raises(EpochChanged):
                await anext(following)

    async def test_a_reader_whose_tab_has_gone_is_left_to_nobody(
        self, provisioned: Broker, pushes: NatsPushes, push: Push
    ) -> None:
        me = new_id()
        offset = await push(me, "a.0")

        for _ in range(20):
            async with asyncio.timeout(10), aclosing(pushes.follow(me, offset - 1)) as following:
                await anext(following)

        await until_found(partial(has_none, provisioned), within=10)

    async def test_a_reader_given_up_at_any_moment_is_left_to_nobody(
        self, provisioned: Broker, pushes: NatsPushes
    ) -> None:
        async def listen() -> None:
            async with aclosing(pushes.follow(new_id(), 0)) as following:
                await anext(following)

        for turns in range(20):
            listening = asyncio.create_task(listen())
            for _ in range(turns):
                await asyncio.sleep(0)
            if turns % 2:
                await until_found(partial(has_readers, provisioned))
            listening.cancel()
            await asyncio.wait([listening], timeout=10)
            assert listening.done(), f"reads on, cancelled after {turns} turns"

        await until_found(partial(has_none, provisioned), within=10)

    async def test_nothing_was_refused_by_the_broker(
        self, provisioned: Broker, pushes: NatsPushes, push: Push
    ) -> None:
        me = new_id()
        offset = await push(me, "a.0")
        async with asyncio.timeout(10), aclosing(pushes.follow(me, offset - 1)) as following:
            await anext(following)
        await pushes.mark(me)

        assert provisioned.bus.denied == ""


class TestNatsPasses(PassesBehaviour):
    @pytest.fixture
    def passes(self, provisioned: Broker) -> NatsPasses:
        return NatsPasses(provisioned.bus)

    async def test_a_ticket_lives_half_a_minute(self, provisioned: Broker) -> None:
        now = [1_000.0]
        passes = NatsPasses(provisioned.bus, lambda: now[0])
        early, late = await passes.issue(caller := somebody()), await passes.issue(caller)

        now[0] += LIFE
        assert await passes.redeem(early) == caller
        now[0] += 1
        assert await passes.redeem(late) is None

    async def test_tickets_are_made_again_after_the_broker_came_back(
        self, provisioned: Broker
    ) -> None:
        passes = NatsPasses(provisioned.bus)
        provisioned.nats.held.kill()
        provisioned.nats.held.start()

        async def works() -> bool:
            try:
                return await passes.redeem(await passes.issue(somebody())) is not None
            except Exception:  # noqa: BLE001  # not back yet, whatever it says
                return False

        await until_found(works)


async def test_discovery_finds_who_is_there(provisioned: Broker) -> None:
    async with httpx.AsyncClient() as http:
        there = await NatsDiscovery(provisioned.bus, http).instances()

    assert [one.service for one in there] == ["gateway"]
    assert provisioned.bus.denied == ""
