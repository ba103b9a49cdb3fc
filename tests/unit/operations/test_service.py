"""What becomes of dead letters: kept, mended, said again, given up, each only by administrators."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.operations import (
    DescribeDeadLetter,
    DiscardDeadLetter,
    DiscardDeadLetters,
    EditDeadLetter,
    FailureClass,
    ListDeadLetters,
    RedriveDeadLetter,
    RedriveDeadLetters,
)
from services.operations.model import BadBody, NotAgain, NotWaiting, State
from services.operations.service import NotAllowed
from shared.cause import Cause, new_id
from shared.cursor import BadCursor
from shared.problems import Away
from tests.unit.operations.examples import GOOD, NOON, death, later
from tests.unit.operations.world import World

ADMIN = Cause(actor=new_id(), role="administrator")
LEARNER = Cause(actor=new_id())


@pytest.fixture
def world() -> World:
    return World()


class TestBury:
    async def test_the_same_death_twice_is_one_letter(self, world: World) -> None:
        died = death()
        await world.bury(died)

        await world.bury(died)

        assert world.only.death == died

    async def test_a_redriven_one_that_dies_again_waits_again(self, world: World) -> None:
        one = await world.bury(death())
        await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        await world.bury(later(one.death))

        assert world.only.state is State.WAITING
        assert world.only.first_seen == NOON
        assert world.only.redrives == 1

    async def test_an_old_death_heard_late_does_not_bring_it_back(self, world: World) -> None:
        one = await world.bury(death())
        await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        await world.bury(one.death)

        assert world.only.state is State.REDRIVEN

    async def test_one_that_dies_again_waits_again_though_the_brokers_clock_went_back(
        self, world: World
    ) -> None:
        one = await world.bury(replace(death(), said=0))
        await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        earlier = one.death.at - timedelta(hours=1)
        await world.bury(replace(one.death, said=1, at=earlier))

        assert world.only.state is State.WAITING

    async def test_an_old_death_stamped_late_does_not_bring_it_back(self, world: World) -> None:
        one = await world.bury(replace(death(), said=0))
        await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        await world.bury(replace(later(one.death), said=0))

        assert world.only.state is State.REDRIVEN

    async def test_what_died_of_a_saying_that_was_never_noted_is_said_under_another_number(
        self, world: World
    ) -> None:
        one = await world.bury(replace(death(), said=0))
        await world.bury(replace(later(one.death), said=1))

        await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        assert world.only.redrives == 2

    async def test_a_replay_that_dies_does_not_count_as_a_redrive(self, world: World) -> None:
        one = await world.bury(replace(death(), said=0))
        await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        await world.bury(replace(later(one.death), said=1_800_000_000))

        assert (world.only.state, world.only.redrives) == (State.WAITING, 1)

    async def test_the_original_stays_beside_the_body_that_died_last(self, world: World) -> None:
        one = await world.bury(death(body=b"original"))

        await world.bury(later(one.death, b"mended, yet dead"))

        assert (world.only.death.body, world.only.edited) == (b"original", b"mended, yet dead")


class TestRedrive:
    async def test_it_is_said_again_as_it_was(self, world: World) -> None:
        one = await world.bury(death())

        told = await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        [said] = world.listeners.again
        assert (said.body, said.death.headers) == (one.death.body, one.death.headers)
        assert told.state == "redriven"

    async def test_another_body_is_said_and_the_original_kept(self, world: World) -> None:
        one = await world.bury(death("schema"))

        told = await world.letters.redrive(RedriveDeadLetter(letter_id=one.id, body=GOOD), ADMIN)

        assert json.loads(world.listeners.again[0].body) == GOOD
        assert (told.body, told.edited_body) == ({"document_id": 7}, GOOD)

    async def test_a_body_that_the_contract_forbids_changes_nothing(self, world: World) -> None:
        one = await world.bury(death())

        with pytest.raises(BadBody) as refused:
            await world.letters.edit(EditDeadLetter(letter_id=one.id, body={"owner_id": 1}), ADMIN)

        assert [error["pointer"] for error in refused.value.members["errors"]] == [
            "/document_id",
            "/owner_id",
        ]
        assert world.only == one

    async def test_an_edit_waits_for_the_redrive(self, world: World) -> None:
        one = await world.bury(death("schema"))

        await world.letters.edit(EditDeadLetter(letter_id=one.id, body=GOOD), ADMIN)
        assert world.listeners.again == []
        await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        assert json.loads(world.listeners.again[0].body) == GOOD

    async def test_what_does_not_wait_is_not_redriven(self, world: World) -> None:
        one = await world.bury(death())
        await world.letters.discard(DiscardDeadLetter(letter_id=one.id), ADMIN)

        with pytest.raises(NotWaiting, match="discarded since 2026-11-21 12:00:00 UTC"):
            await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

    async def test_what_nobody_could_know_again_can_only_be_discarded(self, world: World) -> None:
        one = await world.bury(replace(death("schema", code="bad-envelope"), headers={}))

        with pytest.raises(NotAgain, match="discard it"):
            await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)
        told = await world.letters.discard(DiscardDeadLetter(letter_id=one.id), ADMIN)

        assert told.state == "discarded"

    async def test_while_the_broker_is_away_it_goes_on_waiting(self, world: World) -> None:
        one = await world.bury(death())
        world.listeners.away = True

        with pytest.raises(Away):
            await world.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        assert world.only.state is State.WAITING

    async def test_many_go_at_their_rate(self, world: World) -> None:
        for _ in range(5):
            await world.letters.bury(death())
        await world.letters.bury(death(service="quiz"))

        matched = await world.letters.redrive_all(
            RedriveDeadLetters(service="search", rate=1), ADMIN
        )
        at_once = await world.work_off()
        world.now += timedelta(seconds=10)
        then = await world.work_off()

        assert (matched.matched, at_once, then) == (5, 1, 4)
        assert {one.death.service for one in world.listeners.again} == {"search"}


class TestByItself:
    async def test_passing_trouble_is_redriven_ever_more_slowly_and_not_for_ever(
        self, world: World
    ) -> None:
        died = death("transient")
        waits = []
        for _ in range(3):
            await world.letters.bury(replace(died, at=world.now))
            due_at = world.only.due_at
            waits.append(due_at and (due_at - world.now).total_seconds())
            world.now += timedelta(hours=1)
            await world.work_off()

        assert waits == [60, 120, None]
        assert len(world.listeners.again) == 2
        assert world.only.state is State.WAITING

    @pytest.mark.parametrize("kind", ["schema", "handler", "killer"])
    async def test_everything_else_waits_for_people(self, world: World, kind: str) -> None:
        await world.bury(death(kind))
        world.now += timedelta(days=1)

        assert await world.work_off() == 0

    async def test_what_waited_too_long_is_discarded(self, world: World) -> None:
        await world.letters.bury(death())
        young = death(at=NOON + timedelta(days=89))
        await world.letters.bury(young)
        world.now += timedelta(days=90, hours=1)

        await world.letters.expire(90)
        await world.work_off()

        assert [one.death.at for one in world.listeners.discarded] == [NOON]


class TestDiscard:
    async def test_its_listener_is_told(self, world: World) -> None:
        one = await world.bury(death())

        await world.letters.discard(DiscardDeadLetter(letter_id=one.id), ADMIN)

        assert [said.id for said in world.listeners.discarded] == [one.id]

    async def test_many_are_given_up_by_filter_and_age(self, world: World) -> None:
        await world.letters.bury(death("schema"))
        await world.letters.bury(death("transient"))
        world.now += timedelta(days=2)

        asked = DiscardDeadLetters(failure_class=FailureClass.SCHEMA, older_than_days=1)
        matched = await world.letters.discard_all(asked, ADMIN)
        await world.work_off()

        assert matched.matched == 1
        assert [one.death.failure.kind for one in world.listeners.discarded] == ["schema"]


class TestLooking:
    async def test_pages_meet_without_gap(self, world: World) -> None:
        for _ in range(5):
            await world.letters.bury(death())

        first = await world.letters.list(ListDeadLetters(limit=3), ADMIN)
        second = await world.letters.list(ListDeadLetters(limit=3, cursor=first.next_cursor), ADMIN)

        found = [one.id for one in (*first.items, *second.items)]
        assert found == sorted(world.store.letters, reverse=True)
        assert second.next_cursor is None

    async def test_a_cursor_of_another_filter_is_refused(self, world: World) -> None:
        for _ in range(2):
            await world.letters.bury(death())
        page = await world.letters.list(ListDeadLetters(limit=1), ADMIN)

        with pytest.raises(BadCursor):
            await world.letters.list(
                ListDeadLetters(service="search", cursor=page.next_cursor), ADMIN
            )

    async def test_nobody_but_administrators_may_do_anything(self, world: World) -> None:
        one = await world.bury(death())

        for asking in (
            world.letters.list(ListDeadLetters(), LEARNER),
            world.letters.describe(DescribeDeadLetter(letter_id=one.id), LEARNER),
            world.letters.redrive(RedriveDeadLetter(letter_id=one.id), LEARNER),
            world.letters.redrive_all(RedriveDeadLetters(), LEARNER),
            world.letters.discard(DiscardDeadLetter(letter_id=one.id), LEARNER),
            world.letters.discard_all(DiscardDeadLetters(), LEARNER),
            world.letters.edit(EditDeadLetter(letter_id=one.id, body=GOOD), LEARNER),
        ):
            with pytest.raises(NotAllowed):
                await asking

        assert world.only == one
