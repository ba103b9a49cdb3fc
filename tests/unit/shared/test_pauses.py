"""Between two tries there is ever more time, up to a limit, and never for all alike."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise

import pytest

from shared.delivery import Patience
from shared.problems import Away
from shared.resilience import Effort, Policy
from tests.simulation.clock import VirtualLoop

MANY = 60


def pauses(effort: Effort) -> list[float]:
    """Call somebody who always fails, and tell how long it took from one try to the next."""
    asked: list[float] = []
    with closing(VirtualLoop(lambda: False, lambda: False)) as loop:

        async def refuse() -> None:
            asked.append(loop.time())
            raise Away("gone")

        async def story() -> None:
            calling = asyncio.create_task(Policy("timed", effort, failures=100).run(refuse))
            await loop.pass_time(1_000)
            with pytest.raises(Away):
                await calling

        loop.run_until_complete(story())
    return [after - before for before, after in pairwise(asked)]


def is_spread(seconds: Sequence[float], low: float, high: float) -> bool:
    """See them between two bounds, and over more than half of what lies between."""
    within = all(low <= one <= high + 0.01 for one in seconds)
    return within and max(seconds) - min(seconds) > (high - low) / 2


def test_a_policy_waits_from_nothing_up_to_a_doubling_while() -> None:
    calls = [pauses(Effort(within=1, tries=5, first=1.0, longest=4.0)) for _ in range(MANY)]

    each = list(zip(*calls, strict=True))
    longest = (1.0, 2.0, 4.0, 4.0)
    assert [is_spread(one, 0.0, most) for one, most in zip(each, longest, strict=True)] == [
        True
    ] * len(longest)


@pytest.mark.parametrize(("errors", "longest"), [(1, 0.5), (2, 1.0), (6, 16.0), (7, 30.0)])
def test_a_message_waits_half_or_all_of_a_doubling_while(errors: int, longest: float) -> None:
    patience = Patience(first=0.5, longest=30.0)

    assert is_spread([patience.delay(errors) for _ in range(MANY)], longest / 2, longest)
