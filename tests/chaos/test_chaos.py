"""Five minutes of faults against a mesh under load: nothing is lost and nothing counts twice."""

import os
from pathlib import Path

import pytest

from tests.chaos.outcome import Outcome, Plan
from tests.chaos.report import report
from tests.chaos.run import run

BACK = 40.0
"""Seconds: whether ten are enough is for the long run to say, which has its machine to itself."""
PLAN = Plan(
    faults=18,
    events=2_000,
    seed=int(os.environ.get("SEED") or 20261121),
    hold=6,
    people=4,
    back=BACK,
)


@pytest.mark.timeout(1200)
async def test_whatever_is_done_to_processes_nothing_is_lost_and_nothing_counts_twice(
    server_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201  # five silent minutes look like a hang

    outcome: Outcome = await run(PLAN, server_directory / "chaos", tell)

    assert outcome.broken() == [], report(outcome)
    assert len(outcome.entries) >= PLAN.faults
