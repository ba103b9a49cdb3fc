"""Messages that share a transaction are heard as well as those that have one each."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import text

from shared.cause import Cause
from tests.integration.shared.hearing import dead_letter, happened, until_counted
from tests.integration.shared.lab import Ear, Happened, Lab

Hear = Callable[[Happened, Cause], Awaitable[None]]


async def listening(lab: Lab, hear: Hear, *said: Happened) -> None:
    """Hear in batches what was said before."""
    bus = await lab.bus("lab")
    await bus.start()
    relay = await lab.relay(bus)
    await lab.say(*said)
    while (await relay.carry())[0]:
        pass
    heard = await lab.bus("ear")
    heard.on(Happened, hear, batch=64, together=True)
    await heard.start()


async def transactions(lab: Lab) -> list[tuple[UUID, str]]:
    """Tell of every effect which transaction wrote it."""
    async with (await lab.database("ear")).reading() as session:
        rows = await session.execute(text("SELECT thing_id, CAST(xmin AS text) FROM effects"))
        return [(row.thing_id, row.xmin) for row in rows]


class TestTogether:
    async def test_a_batch_is_one_transaction(self, lab: Lab, ear: Ear) -> None:
        said = [happened() for _ in range(50)]

        await listening(lab, ear.hear, *said)
        await until_counted(lab, "ear", "effects", 50)

        written = await transactions(lab)
        assert sorted(thing for thing, _ in written) == sorted(one.thing_id for one in said)
        assert len({transaction for _, transaction in written}) < 10
        assert await lab.count("ear", "inbox") == 50

    async def test_one_that_fails_once_is_tried_again_and_takes_none_with_it(
        self, lab: Lab, ear: Ear
    ) -> None:
        said = [happened() for _ in range(20)]

        def once(heard: Happened, run: int) -> None:
            if heard.thing_id == said[7].thing_id and run == 1:
                raise ValueError("not yet")

        ear.fail = once
        await listening(lab, ear.hear, *said)
        await until_counted(lab, "ear", "effects", 20)

        assert len({thing for thing, _ in await transactions(lab)}) == 20

    async def test_poison_is_kept_aside_and_others_flow(self, lab: Lab, ear: Ear) -> None:
        poison = happened("poison")

        def always(heard: Happened, _: int) -> None:
            if heard.thing_id == poison.thing_id:
                raise ValueError("never")

        ear.fail = always
        await listening(lab, ear.hear, poison, *(happened() for _ in range(10)))
        dead = await dead_letter(lab, within=60)

        assert dead["dead-code"] == "ValueError"
        assert dead["dead-attempts"] == "6"
        await until_counted(lab, "ear", "effects", 10)

    async def test_a_lone_message_does_not_wait_until_others_come(self, lab: Lab, ear: Ear) -> None:
        await listening(lab, ear.hear)

        for heard in (1, 2):
            await lab.say(happened())

            await until_counted(lab, "ear", "effects", heard, within=2.0)

    async def test_copies_in_one_batch_have_one_effect(self, lab: Lab, ear: Ear) -> None:
        message = happened()
        await listening(lab, ear.hear, message, *(happened() for _ in range(5)))
        await until_counted(lab, "ear", "effects", 6)
        stream = (await lab.connect("lab")).jetstream()
        async with (await lab.database("lab")).reading() as session:
            row = (await session.execute(text("SELECT headers, body FROM outbox LIMIT 1"))).one()

        for copy in range(10):
            headers = {**row.headers, "Nats-Msg-Id": f"copy-{copy}"}
            await stream.publish("evt.lab.happened.v1", row.body.encode(), headers=headers)
        await lab.say(happened("the last"))
        await until_counted(lab, "ear", "effects", 7)

        assert len({thing for thing, _ in await transactions(lab)}) == 7

    async def test_a_verb_of_several_transactions_is_run_alone(self, lab: Lab) -> None:
        database = await lab.database("ear")

        async def twice(heard: Happened, cause: Cause) -> None:
            for each in (cause.midway(), cause):
                async with database.begin(each) as unit:
                    await unit.session.execute(
                        text("INSERT INTO effects VALUES (:id)"), {"id": heard.thing_id}
                    )

        await listening(lab, twice, *(happened() for _ in range(5)))

        await until_counted(lab, "ear", "inbox", 5)
