"""Operations stops hearing of deaths as soon as it is told to go."""

import asyncio

from services.operations.deaths import Deaths
from services.operations.model import Death
from shared.bus import Address, Bus
from tests.integration.operations.ward import Ward
from tests.waiting import until_found


async def test_told_to_go_it_leaves_its_place_at_once_and_has_nothing_in_hand(ward: Ward) -> None:
    async def bury(_: Death) -> None:
        raise AssertionError

    bus = await Bus(
        "operations", Address(ward.lab.server.url, "operations", "operations")
    ).connect()
    draining = asyncio.Event()
    hearing = asyncio.create_task(Deaths(bus, bury, draining).run())

    async def waits_for_news() -> bool:
        place = await bus.jetstream.consumer_info("DEAD", "operations-dead")
        return bool(place.num_waiting)

    await until_found(waits_for_news)
    draining.set()

    async with asyncio.timeout(1):
        await hearing
    await bus.stop()
