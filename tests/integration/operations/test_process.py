"""Operations as a process, asked from the command line: dead letters from death to redrive."""

import asyncio
import json
from collections.abc import Generator

import pytest
from structlog.testing import capture_logs

from shared import telemetry
from shared.cause import new_id
from shared.provision import broker
from tests.integration.operations.ward import Ward
from tests.integration.shared.accident import restarting
from tests.integration.shared.hearing import dead_letter, happened, until_counted
from tests.integration.shared.lab import HASTY, Happened
from tests.integration.shared.listener import DURABLE, hearing, series, start
from tests.waiting import until, until_found

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(autouse=True)
def _hasty(ward: Ward) -> Generator[None]:
    ward.lab.patience = HASTY
    with capture_logs():  # showing a traceback costs more than a try
        yield


class TestLife:
    async def test_it_is_seen_redriven_with_its_id_and_trace_and_those_behind_it_follow(
        self, ward: Ward
    ) -> None:
        lab, listener = ward.lab, ward.listener
        listener.poison = {"a1"}
        a, b = new_id(), new_id()
        async with ward.service.running():
            await start(lab, listener)
            with telemetry.span("say", parent=f"00-{TRACE}-00f067aa0ba902b7-01"):
                await lab.say(*series(a, "a1", "a2", "a3"), *series(b, "b1"))
            [letter] = await ward.until_letters(1)
            listed = (await ward.mesh("dead-letters", "list", "--service", "ear", "--json")).json
            told = (await ward.mesh("dead-letters", "show", letter["id"], "--json")).json
            await until(lambda: listener.notes(b) == ["b1"])
            await until_counted(lab, "ear", "parked", 3)
            assert listener.notes(a) == []

            listener.poison = set()
            again = await ward.mesh("dead-letters", "redrive", letter["id"])

            await until(lambda: listener.notes(a) == ["a1", "a2", "a3"])
        assert listener.marks["a1"] == (told["message_id"], TRACE)
        assert listed["items"] == [letter]
        assert again.code == 0
        assert DURABLE in again.out
        assert (letter["service"], letter["state"], letter["attempts"]) == ("ear", "waiting", 6)
        assert letter["failure_class"] == "handler"
        assert told["body"] == {"thing_id": str(a), "note": "a1"}
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        original = dict((await jetstream.get_msg("EVT_LAB", 1)).headers or {})
        assert told["message_id"] == original["ce-id"]
        assert told["headers"] == {
            name: text for name, text in original.items() if not name.startswith("Nats-")
        }

    async def test_an_unreadable_one_is_mended_and_the_original_kept(self, ward: Ward) -> None:
        lab, listener = ward.lab, ward.listener
        thing = new_id()
        async with ward.service.running():
            await start(lab, listener)
            said = await ward.mesh(
                *("events", "publish", "evt.lab.happened.v1", "--data", "-", "--unchecked"),
                given=json.dumps({"thing_id": "nobody"}),
            )
            [letter] = await ward.until_letters(1, failure_class="schema")
            good = Happened(thing_id=thing, note="mended").model_dump_json()
            edited = await ward.mesh(
                "dead-letters", "edit", letter["id"], "--data", "-", "--json", given=good
            )
            await ward.mesh("dead-letters", "redrive", letter["id"])

            await until(lambda: listener.notes(thing) == ["mended"])
            [after] = await ward.until_letters(1, state="redriven")

        assert said.code == 0
        assert letter["error"]["pointer"] == "/thing_id"
        assert edited.json["body"] == {"thing_id": "nobody"}
        assert edited.json["edited_body"]["note"] == "mended"
        assert after["id"] == letter["id"]

    async def test_a_discarded_one_lets_those_behind_it_flow(self, ward: Ward) -> None:
        lab, listener = ward.lab, ward.listener
        listener.poison = {"1"}
        thing = new_id()
        async with ward.service.running():
            await start(lab, listener)
            await lab.say(*series(thing, "1", "2"))
            [letter] = await ward.until_letters(1)
            refused = await ward.mesh("dead-letters", "discard")
            told = await ward.mesh("dead-letters", "discard", letter["id"], "--json")

            await until(lambda: listener.notes(thing) == ["2"])
            twice = await ward.mesh("dead-letters", "discard", letter["id"])

        assert (refused.code, refused.err) == (2, "Say which: an ID, a filter, or --all.\n")
        assert told.json["state"] == "discarded"
        assert twice.code == 1
        assert "does not wait any more" in twice.err


class TestByItself:
    async def test_passing_trouble_is_said_again_and_those_behind_it_follow(
        self, ward: Ward
    ) -> None:
        lab, listener = ward.lab, ward.listener
        listener.poison, listener.trouble = {"1"}, TimeoutError
        thing = new_id()
        async with ward.service.running(transient_first_seconds="1"):
            await start(lab, listener)
            await lab.say(*series(thing, "1", "2"))
            await ward.until_letters(1, failure_class="transient")
            listener.poison = set()

            await until(lambda: listener.notes(thing) == ["1", "2"], within=90)
            [after] = await ward.until_letters(1, state="redriven")

        assert after["failure_class"] == "transient"

    async def test_what_waited_too_long_is_given_up_and_those_behind_it_flow(
        self, ward: Ward
    ) -> None:
        lab, listener = ward.lab, ward.listener
        listener.poison = {"1"}
        thing = new_id()
        async with ward.service.running():
            await start(lab, listener)
            await lab.say(*series(thing, "1", "2"))
            [letter] = await ward.until_letters(1)
        assert (letter["state"], listener.notes(thing)) == ("waiting", [])

        async with ward.service.running(expire_days="0.000001"):
            await until(lambda: listener.notes(thing) == ["2"], within=90)
            await ward.until_letters(1, state="discarded")


class TestCrashes:
    @pytest.mark.timeout(240)
    async def test_one_that_ends_its_process_is_kept_while_operations_is_down(
        self, ward: Ward
    ) -> None:
        said = await ward.lab.bus("lab")
        await said.start()
        await ward.lab.relay(said)
        await ward.lab.say(happened("deadly"), happened())
        stop = asyncio.Event()
        supervisor = asyncio.create_task(restarting(ward.lab, stop))
        await dead_letter(ward.lab, within=200)
        await until_counted(ward.lab, "ear", "effects", 1)
        stop.set()
        await supervisor

        async with ward.service.running():
            [letter] = await ward.until_letters(1)

        assert letter["failure_class"] == "killer"
        assert (letter["error"]["code"], letter["attempts"]) == ("no-outcome", 10)

    async def test_a_killed_operations_redrives_the_rest_and_nothing_counts_twice(
        self, ward: Ward
    ) -> None:
        lab, listener = ward.lab, ward.listener
        things = [new_id() for _ in range(8)]
        listener.poison = {"poison"}
        async with ward.service.running() as first:
            await start(lab, listener)
            await lab.say(*(Happened(thing_id=thing, note="poison") for thing in things))
            await ward.until_letters(8)
            listener.poison = set()
            matched = await ward.mesh("dead-letters", "redrive", "--all", "--rate", "1", "--json")
            await until(lambda: len(listener.done) >= 2)
            first.kill()
            await first.wait()
        assert len(listener.done) < 8

        async with ward.service.running():
            await until(lambda: len({thing for thing, _ in listener.done}) == 8)
            groups = (await ward.mesh("dead-letters", "groups", "--json")).json["items"]

        assert matched.json == {"matched": 8}
        assert await lab.count("ear", "effects") == 8
        assert [(one["count"], one["redriven"]) for one in groups] == [(8, 8)]

    async def test_told_to_go_it_goes_at_once(self, ward: Ward) -> None:
        async with ward.service.running() as process:
            process.terminate()

            async with asyncio.timeout(15):
                assert await process.wait() == 0


class TestLooking:
    async def test_what_is_said_is_found_again_and_seen_in_passing(self, ward: Ward) -> None:
        lab = ward.lab
        thing = new_id()
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)
        tail = asyncio.create_task(
            ward.mesh("events", "tail", "--key", str(thing), "--count", "2", "--json")
        )
        monitor = await lab.connect(broker.ADMIN)

        async def watched() -> bool:  # nobody tells when a watcher listens: say until it has heard
            await lab.say(*series(thing, "seen"))
            return tail.done()

        await until_found(watched, within=60)
        await lab.say(*series(new_id(), "other"))
        found = (await ward.mesh("events", "search", "--key", str(thing), "--json")).json
        nothing = (await ward.mesh("events", "search", "--type", "evt.x.*", "--json")).json

        lines = [json.loads(line) for line in (await tail).out.splitlines()]
        assert [line["data"]["note"] for line in lines] == ["seen", "seen"]
        assert {one["key"] for one in found} == {str(thing)}
        assert found[0]["place"] == "EVT_LAB 1"
        assert nothing == []
        assert monitor.is_connected

    async def test_streams_and_consumers_are_told(self, ward: Ward) -> None:
        lab, listener = ward.lab, ward.listener
        await lab.say(*series(new_id(), "1", "2", "3"))
        said = await lab.bus("lab")
        await said.start()
        await lab.relay(said)

        async def published() -> bool:
            streams = (await ward.mesh("streams", "--json")).json
            held = {one["name"]: one["messages"] for one in streams["streams"]}
            return bool(streams["sync"] == "always" and held["EVT_LAB"] == 3)

        await until_found(published, within=60)
        behind = (await ward.mesh("consumers", "--service", "ear", "--behind", "--json")).json
        await hearing(lab, listener)
        await until(lambda: len(listener.done) == 3)

        assert [(one["name"], one["lag"]) for one in behind] == [(DURABLE, 3)]

    async def test_what_cannot_be_done_is_said_in_a_sentence(self, ward: Ward) -> None:
        wrong = await ward.mesh("events", "publish", "evt.document.deletd.v1", "--data", "-")
        odd = await ward.mesh(
            *("events", "publish", "evt.document.deleted.v1", "--data", "-"), given='{"a": 1}'
        )
        away = await ward.mesh("dead-letters", "list")

        assert (wrong.code, odd.code, away.code) == (2, 2, 3)
        assert "/document_id: Field required" in odd.err
        assert "nobody answers req.operations.list-dead-letters.v1" in away.err
