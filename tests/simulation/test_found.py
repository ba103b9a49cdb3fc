"""What the machines, and building them, found about order: each once more, step by step."""

from collections.abc import Generator
from uuid import UUID

import pytest

from tests.simulation.fate import Fate, Fault
from tests.simulation.test_hearing import KEYS, Hearing
from tests.simulation.test_turns import OWNERS, TakingTurns
from tests.simulation.world import World

KEY: UUID = KEYS[0]


@pytest.fixture
def hearing(world: World) -> Generator[Hearing]:
    Hearing.world = world
    hearing = Hearing()
    yield hearing
    for process in hearing.processes:
        process.end()


@pytest.fixture
def turns(world: World) -> Generator[TakingTurns]:
    TakingTurns.world = world
    turns = TakingTurns()
    yield turns
    for process in turns.processes:
        process.end()


def done(hearing: Hearing) -> list[int]:
    """Tell what had effects, by version, in order."""
    rows = hearing.world.truth.rows("SELECT message_id FROM effects ORDER BY place")
    return [hearing.said[row["message_id"]].sequence for row in rows]


def hear(hearing: Hearing, fault: Fault | None = None) -> None:
    """Let the first process hear the next one that is there."""
    hearing.hear(0, [0], fault=fault)


@pytest.mark.parametrize("fate", [Fate.LOST_BEFORE, Fate.LOST_AFTER])
def test_one_that_failed_holds_its_line_though_the_database_went_when_that_was_noted(
    hearing: Hearing, fate: Fate
) -> None:
    hearing.say(KEY, "twice")
    hearing.say(KEY, "")

    hear(hearing, Fault(0, fate, "INSERT INTO parked"))
    hear(hearing)
    assert done(hearing) == []

    hearing.ends_well()
    assert done(hearing) == [1, 2]


def test_a_line_begun_again_while_lines_are_looked_at_stays_known(hearing: Hearing) -> None:
    looking = hearing.processes[0].steps
    hearing.say(KEY, "twice")
    hear(hearing)
    looking.arm(Fault(0, Fate.HANGS_AFTER, "SELECT DISTINCT"))
    hearing.deeds.runs.update({next(iter(hearing.said)): 2})
    hearing.wait(1.0)
    hear(hearing)
    assert done(hearing) == [1]

    looking.arm(Fault(0, Fate.HANGS_AFTER, "SELECT DISTINCT"))
    looking.wake()
    hearing.world.settle()
    assert looking.stands
    hearing.say(KEY, "twice")
    hear(hearing)
    looking.wake()
    hearing.world.settle()
    hearing.say(KEY, "")
    hear(hearing)

    assert done(hearing) == [1]
    hearing.ends_well()
    assert done(hearing) == [1, 2, 3]


def test_what_waits_in_a_line_is_not_forgotten_for_its_ack_that_came_late(
    hearing: Hearing,
) -> None:
    first, second = (process.steps for process in hearing.processes[:2])
    second.arm(Fault(0, Fate.HANGS_BEFORE, "SELECT DISTINCT"))
    hearing.wait(1.0)
    hearing.say(KEY, "poison")
    hearing.say(KEY, "twice")
    hear(hearing)
    hearing.hear(0, [0], fault=Fault(0, Fate.HANGS_BEFORE, "ack"))
    hearing.wait(0.3)

    hearing.wait(9.0)
    hearing.hear(1, [1], fault=None)
    first.wake()
    second.wake()
    hearing.world.settle()

    hearing.what_is_done_with_is_kept_somewhere()
    hearing.deeds.cured = True
    hearing.ends_well()
    assert done(hearing) == [1, 2]


@pytest.mark.parametrize("fault", [None, Fault(0, Fate.HANGS_BEFORE, "publish")])
def test_what_came_in_the_wrong_order_does_not_run_beside_one_of_its_key_that_fails(
    hearing: Hearing, fault: Fault | None
) -> None:
    hearing.say(KEY, "unreadable")
    hearing.say(KEY, "")

    hearing.hear(1, [1, 0], fault)
    assert done(hearing) == []
    hearing.wake(1)

    hearing.nobody_overtakes()
    assert done(hearing) == []
    hearing.ends_well()
    assert done(hearing) == [2]


def test_what_shares_a_transaction_that_is_slow_to_begin_still_waits_behind_one_that_failed(
    hearing: Hearing,
) -> None:
    first, second = (process.steps for process in hearing.processes[:2])
    hearing.say(KEY, "twice")
    hearing.say(KEY, "poison")
    hearing.say(KEY, "")
    hearing.hear(1, [2], Fault(0, Fate.HANGS_BEFORE, "BEGIN"))
    hear(hearing)
    hear(hearing)
    hearing.deeds.runs.update({next(iter(hearing.said)): 2})
    hearing.wait(1.0)
    hear(hearing, Fault(0, Fate.DIES_AFTER, "DELETE FROM parked"))
    assert first.dead
    assert done(hearing) == [1]
    hearing.wait(1.0)  # the second works the line off, and fails

    second.wake()
    hearing.world.settle()

    hearing.nobody_overtakes()
    assert done(hearing) == [1]
    hearing.deeds.cured = True
    hearing.ends_well()
    assert done(hearing) == [1, 2, 3]


def test_nobody_passes_one_that_failed_in_a_process_that_goes_and_cannot_note_it(
    hearing: Hearing,
) -> None:
    hearing.say(KEY, "twice")
    hearing.say(KEY, "")

    hearing.hear(0, [0, 1], Fault(0, Fate.GOES_LOST, "INSERT INTO parked"))
    assert done(hearing) == []

    hearing.wait(2.0)
    hearing.hear(0, [0, 1], fault=None)
    hearing.nobody_overtakes()
    hearing.ends_well()
    assert done(hearing) == [1, 2]


def test_a_process_that_goes_still_learns_of_lines_that_others_begin(hearing: Hearing) -> None:
    first = hearing.processes[0]
    hearing.say(KEY, "")
    hearing.say(KEY, "twice")
    hearing.say(KEY, "")
    hearing.hear(0, [0, 2], Fault(0, Fate.HANGS_BEFORE, "COMMIT"))
    first.go()
    hearing.hear(1, [0], fault=None)
    hearing.wait(3.0)

    first.steps.wake()
    hearing.world.settle()

    assert done(hearing) == [1]
    hearing.ends_well()
    assert done(hearing) == [1, 2, 3]


def test_a_turn_that_is_taken_as_its_process_is_told_to_go_keeps_nobody_waiting(
    turns: TakingTurns,
) -> None:
    turns.say(OWNERS[0], "", 0, Fault(0, Fate.GOES, "UPDATE turns SET lease"))
    turns.wait(3.0)

    assert not turns.processes[0].is_alive
    assert len(turns.gone_well) == 1
    turns.who_goes_in_order_leaves_no_turn_that_others_have_to_wait_for()
    assert len(turns.world.truth.rows("SELECT message_id FROM inbox")) == 1
