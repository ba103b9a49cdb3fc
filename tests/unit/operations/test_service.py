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
from tests.unit.operations.house import House

ADMIN = Cause(actor=new_id(), role="administrator")
LEARNER = Cause(actor=new_id())


@pytest.fixture
def house() -> House:
    return House()


class TestBury:
    async def test_the_same_death_twice_is_one_letter(self, house: House) -> None:
        died = death()
        await house.bury(died)

        await house.bury(died)

        assert house.only.death == died

    async def test_a_redriven_one_that_dies_again_waits_again(self, house: House) -> None:
        one = await house.bury(death())
        await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        await house.bury(later(one.death))

        assert house.only.state is State.WAITING
        assert house.only.first_seen == NOON
        assert house.only.redrives == 1

    async def test_an_old_death_heard_late_does_not_bring_it_back(self, house: House) -> None:
        one = await house.bury(death())
        await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        await house.bury(one.death)

        assert house.only.state is State.REDRIVEN

    async def test_one_that_dies_again_waits_again_though_the_brokers_clock_went_back(
        self, house: House
    ) -> None:
        one = await house.bury(replace(death(), said=0))
        await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        earlier = one.death.at - timedelta(hours=1)
        await house.bury(replace(one.death, said=1, at=earlier))

        assert house.only.state is State.WAITING

    async def test_an_old_death_stamped_late_does_not_bring_it_back(self, house: House) -> None:
        one = await house.bury(replace(death(), said=0))
        await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        await house.bury(replace(later(one.death), said=0))

        assert house.only.state is State.REDRIVEN

    async def test_what_died_of_a_saying_that_was_never_noted_is_said_under_another_number(
        self, house: House
    ) -> None:
        one = await house.bury(replace(death(), said=0))
        await house.bury(replace(later(one.death), said=1))

        await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        assert house.only.redrives == 2

    async def test_a_replay_that_dies_does_not_count_as_a_redrive(self, house: House) -> None:
        one = await house.bury(replace(death(), said=0))
        await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        await house.bury(replace(later(one.death), said=1_800_000_000))

        assert (house.only.state, house.only.redrives) == (State.WAITING, 1)

    async def test_the_original_stays_beside_the_body_that_died_last(self, house: House) -> None:
        one = await house.bury(death(body=b"original"))

        await house.bury(later(one.death, b"mended, yet dead"))

        assert (house.only.death.body, house.only.edited) == (b"original", b"mended, yet dead")


class TestRedrive:
    async def test_it_is_said_again_as_it_was(self, house: House) -> None:
        one = await house.bury(death())

        told = await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        [said] = house.listeners.again
        assert (said.body, said.death.headers) == (one.death.body, one.death.headers)
        assert told.state == "redriven"

    async def test_another_body_is_said_and_the_original_kept(self, house: House) -> None:
        one = await house.bury(death("schema"))

        told = await house.letters.redrive(RedriveDeadLetter(letter_id=one.id, body=GOOD), ADMIN)

        assert json.loads(house.listeners.again[0].body) == GOOD
        assert (told.body, told.edited_body) == ({"document_id": 7}, GOOD)

    async def test_a_body_that_the_contract_forbids_changes_nothing(self, house: House) -> None:
        one = await house.bury(death())

        with pytest.raises(BadBody) as refused:
            await house.letters.edit(EditDeadLetter(letter_id=one.id, body={"owner_id": 1}), ADMIN)

        assert [error["pointer"] for error in refused.value.members["errors"]] == [
            "/document_id",
            "/owner_id",
        ]
        assert house.only == one

    async def test_an_edit_waits_for_the_redrive(self, house: House) -> None:
        one = await house.bury(death("schema"))

        await house.letters.edit(EditDeadLetter(letter_id=one.id, body=GOOD), ADMIN)
        assert house.listeners.again == []
        await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        assert json.loads(house.listeners.again[0].body) == GOOD

    async def test_what_does_not_wait_is_not_redriven(self, house: House) -> None:
        one = await house.bury(death())
        await house.letters.discard(DiscardDeadLetter(letter_id=one.id), ADMIN)

        with pytest.raises(NotWaiting, match="discarded since 2026-11-21 12:00:00 UTC"):
            await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

    async def test_what_nobody_could_know_again_can_only_be_discarded(self, house: House) -> None:
        one = await house.bury(replace(death("schema", code="bad-envelope"), headers={}))

        with pytest.raises(NotAgain, match="discard it"):
            await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)
        told = await house.letters.discard(DiscardDeadLetter(letter_id=one.id), ADMIN)

        assert told.state == "discarded"

    async def test_while_the_broker_is_away_it_goes_on_waiting(self, house: House) -> None:
        one = await house.bury(death())
        house.listeners.away = True

        with pytest.raises(Away):
            await house.letters.redrive(RedriveDeadLetter(letter_id=one.id), ADMIN)

        assert house.only.state is State.WAITING

    async def test_many_go_at_their_rate(self, house: House) -> None:
        for _ in range(5):
            await house.letters.bury(death())
        await house.letters.bury(death(service="quiz"))

        matched = await house.letters.redrive_all(
            RedriveDeadLetters(service="search", rate=1), ADMIN
        )
        at_once = await house.work_off()
        house.now += timedelta(seconds=10)
        then = await house.work_off()

        assert (matched.matched, at_once, then) == (5, 1, 4)
        assert {one.death.service for one in house.listeners.again} == {"search"}


class TestByItself:
    async def test_passing_trouble_is_redriven_ever_more_slowly_and_not_for_ever(
        self, house: House
    ) -> None:
        died = death("transient")
        waits = []
        for _ in range(3):
            await house.letters.bury(replace(died, at=house.now))
            due_at = house.only.due_at
            waits.append(due_at and (due_at - house.now).total_seconds())
            house.now += timedelta(hours=1)
            await house.work_off()

        assert waits == [60, 120, None]
        assert len(house.listeners.again) == 2
        assert house.only.state is State.WAITING

    @pytest.mark.parametrize("kind", ["schema", "handler", "killer"])
    async def test_everything_else_waits_for_people(self, house: House, kind: str) -> None:
        await house.bury(death(kind))
        house.now += timedelta(days=1)

        assert await house.work_off() == 0

    async def test_what_waited_too_long_is_discarded(self, house: House) -> None:
        await house.letters.bury(death())
        young = death(at=NOON + timedelta(days=89))
        await house.letters.bury(young)
        house.now += timedelta(days=90, hours=1)

        await house.letters.expire(90)
        await house.work_off()

        assert [one.death.at for one in house.listeners.discarded] == [NOON]


class TestDiscard:
    async def test_its_listener_is_told(self, house: House) -> None:
        one = await house.bury(death())

        await house.letters.discard(DiscardDeadLetter(letter_id=one.id), ADMIN)

        assert [said.id for said in house.listeners.discarded] == [one.id]

    async def test_many_are_given_up_by_filter_and_age(self, house: House) -> None:
        await house.letters.bury(death("schema"))
        await house.letters.bury(death("transient"))
        house.now += timedelta(days=2)

        asked = DiscardDeadLetters(failure_class=FailureClass.SCHEMA, older_than_days=1)
        matched = await house.letters.discard_all(asked, ADMIN)
        await house.work_off()

        assert matched.matched == 1
        assert [one.death.failure.kind for one in house.listeners.discarded] == ["schema"]


class TestLooking:
    async def test_pages_meet_without_gap(self, house: House) -> None:
        for _ in range(5):
            await house.letters.bury(death())

        first = await house.letters.list(ListDeadLetters(limit=3), ADMIN)
        second = await house.letters.list(ListDeadLetters(limit=3, cursor=first.next_cursor), ADMIN)

        found = [one.id for one in (*first.items, *second.items)]
        assert found == sorted(house.store.letters, reverse=True)
        assert second.next_cursor is None

    async def test_a_cursor_of_another_filter_is_refused(self, house: House) -> None:
        for _ in range(2):
            await house.letters.bury(death())
        page = await house.letters.list(ListDeadLetters(limit=1), ADMIN)

        with pytest.raises(BadCursor):
            await house.letters.list(
                ListDeadLetters(service="search", cursor=page.next_cursor), ADMIN
            )

    async def test_nobody_but_administrators_may_do_anything(self, house: House) -> None:
        one = await house.bury(death())

        for asking in (
            house.letters.list(ListDeadLetters(), LEARNER),
            house.letters.describe(DescribeDeadLetter(letter_id=one.id), LEARNER),
            house.letters.redrive(RedriveDeadLetter(letter_id=one.id), LEARNER),
            house.letters.redrive_all(RedriveDeadLetters(), LEARNER),
            house.letters.discard(DiscardDeadLetter(letter_id=one.id), LEARNER),
            house.letters.discard_all(DiscardDeadLetters(), LEARNER),
            house.letters.edit(EditDeadLetter(letter_id=one.id, body=GOOD), LEARNER),
        ):
            with pytest.raises(NotAllowed):
                await asking

        assert house.only == one
