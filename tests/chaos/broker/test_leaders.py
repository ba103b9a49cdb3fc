"""Three leaders fall under traffic, and nothing is lost or counts twice."""

from pathlib import Path

from tests.chaos.broker.drama import Plan, drama
from tests.chaos.broker.report import holds, page
from tests.servers import Postgres

PLAN = Plan(seed=1, kills=3, messages=2_000, pace=200)


async def test_nothing_is_lost_or_doubled_while_leaders_of_three_brokers_are_killed(
    server_directory: Path, postgres: Postgres
) -> None:
    async with drama(PLAN, server_directory, postgres) as played:
        outcome = await played.play()

    assert [account for account in outcome.accounts if not account.holds] == []
    assert outcome.said >= PLAN.messages
    assert holds(outcome), page(outcome, "")
