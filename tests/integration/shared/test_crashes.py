"""A process that ends in the middle costs time, never a message."""

import asyncio

import pytest

from shared.bus import CLOSED_FOR_GOOD
from shared.provision import broker
from tests.integration.shared.accident import restarting, victim
from tests.integration.shared.hearing import dead_letter, happened, until_counted
from tests.integration.shared.lab import PASSWORDS, Lab
from tests.waiting import until_found


class TestCrash:
    async def test_a_message_that_ends_its_process_is_kept_aside_and_others_are_heard(
        self, lab: Lab
    ) -> None:
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        await lab.say(happened("deadly"), *(happened() for _ in range(5)))
        stop = asyncio.Event()
        supervisor = asyncio.create_task(restarting(lab, stop))

        dead = await dead_letter(lab, within=120)
        await until_counted(lab, "ear", "effects", 5, within=30)

        stop.set()
        assert dead["dead-code"] == "no-outcome"
        assert await supervisor > 10

    @pytest.mark.parametrize("how", ["alone", "together"])
    async def test_a_killed_process_leaves_its_messages_to_the_next(
        self, lab: Lab, how: str
    ) -> None:
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)

        async with victim(lab, how) as first:
            await lab.say(*(happened() for _ in range(100)))

            async def begun() -> bool:
                return await lab.count("ear", "effects") >= 10

            await until_found(begun)
            first.kill()
            await first.wait()
        async with victim(lab, how):
            await until_counted(lab, "ear", "effects", 100, within=30)

    async def test_a_connection_closed_for_good_ends_the_process(self, lab: Lab) -> None:
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)

        async with victim(lab) as process:
            await lab.say(happened("closing"))

            async with asyncio.timeout(30):
                assert await process.wait() == CLOSED_FOR_GOOD

    async def test_a_changed_password_ends_the_process_for_the_supervisor(self, lab: Lab) -> None:
        async with victim(lab) as process:
            admin = (await lab.connect(broker.ADMIN)).jetstream()

            async def listening() -> bool:
                place = await admin.consumer_info("EVT_LAB", "ear-lab-happened-v1")
                return bool(place.num_waiting)

            await until_found(listening)

            users = lab.server.server.accounts.replace(PASSWORDS["ear"], "changed")
            lab.server.held.stop()
            lab.server.rewrite(users)
            lab.server.held.start()

            async with asyncio.timeout(30):
                assert await process.wait() == CLOSED_FOR_GOOD
