"""A dependency in trouble is asked again a little, left alone for a while, and found well again."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from shared.problems import Away, NotFound
from shared.resilience import FAILURES, Budget, Effort, Policy, Resting
from tests.waiting import until

QUICK = Effort(within=1.0, first=0.0, longest=0.0)


class Dependency:
    """Fails as often as it is told, then answers; counts who asks."""

    def __init__(self, failures: int, error: Exception | None = None) -> None:
        self.failures = failures
        self.error = error or Away("gone")
        self.asked = 0

    async def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.failures:
            raise self.error
        return "well"


def patient(tries: int) -> Effort:
    return Effort(within=1.0, tries=tries, first=0.0, longest=0.0)


async def opened(policy: Policy) -> None:
    """Let it fail until it is left alone."""
    broken = Dependency(FAILURES)
    for _ in range(FAILURES):
        with pytest.raises(Away):
            await policy.run(broken)
    assert policy.state == "opened"


async def give_up(policy: Policy) -> None:
    """Begin a call, and hang up before there is an answer."""
    begun = asyncio.Event()

    async def slow() -> None:
        begun.set()
        await asyncio.Event().wait()

    calling = asyncio.create_task(policy.run(slow))
    async with asyncio.timeout(1):
        await begun.wait()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling


class TestRetry:
    async def test_what_may_pass_is_tried_again(self) -> None:
        shaky = Dependency(2)

        assert await Policy("shaky", patient(3)).run(shaky) == "well"
        assert shaky.asked == 3

    async def test_the_last_error_is_told_when_all_tries_are_spent(self) -> None:
        broken = Dependency(9, ConnectionError("refused"))

        with pytest.raises(ConnectionError, match="refused"):
            await Policy("broken", patient(2)).run(broken)
        assert broken.asked == 2

    @pytest.mark.parametrize("error", [NotFound("no such thing"), LookupError("spared")])
    async def test_what_is_no_trouble_of_theirs_is_not_tried_again(self, error: Exception) -> None:
        policy, refusing = (
            Policy("refusing", patient(5), spares=(LookupError,)),
            Dependency(9, error),
        )

        for _ in range(FAILURES + 1):
            with pytest.raises(type(error)):
                await policy.run(refusing)

        assert refusing.asked == FAILURES + 1
        assert policy.state == "closed"

    async def test_a_slow_answer_is_not_waited_for(self) -> None:
        async def never() -> str:
            await asyncio.Event().wait()
            return "late"

        with pytest.raises(TimeoutError):
            await Policy("slow", Effort(within=0.01)).run(never)

    async def test_retries_are_paid_for_by_calls(self) -> None:
        policy = Policy("many", patient(3), failures=1_000)
        policy.budget = Budget(share=0.1, reserve=2, left=2)
        broken = Dependency(1_000)

        for _ in range(100):
            with pytest.raises(Away):
                await policy.run(broken)

        assert 100 + 10 <= broken.asked <= 100 + 12


class TestBreaker:
    async def test_after_some_failures_it_is_left_alone(self) -> None:
        policy, well = Policy("left-alone", QUICK, rest=60), Dependency(0)
        await opened(policy)

        with pytest.raises(Resting):
            await policy.run(well)

        assert well.asked == 0
        assert REGISTRY.get_sample_value("mesh_breaker_state", {"dependency": "left-alone"}) == 2

    async def test_after_a_rest_it_is_tried_and_success_closes_it(self) -> None:
        policy = Policy("healing", QUICK, rest=0.0)
        await opened(policy)

        assert await policy.run(Dependency(0)) == "well"

        assert policy.state == "closed"
        assert REGISTRY.get_sample_value("mesh_breaker_state", {"dependency": "healing"}) == 0

    async def test_after_a_rest_a_failure_opens_it_again(self) -> None:
        policy = Policy("relapsing", QUICK, rest=0.0)
        await opened(policy)

        with pytest.raises(Away):
            await policy.run(Dependency(1))

        assert policy.state == "opened"

    async def test_one_call_at_a_time_tries_whether_it_is_well(self) -> None:
        policy, may_answer, asked = Policy("one-probe", QUICK, rest=0.0), asyncio.Event(), 0
        await opened(policy)

        async def slow() -> str:
            nonlocal asked
            asked += 1
            await may_answer.wait()
            return "well"

        probing = asyncio.create_task(policy.run(slow))
        while not asked:
            await asyncio.sleep(0)
        with pytest.raises(Resting):
            await policy.run(slow)
        shown = REGISTRY.get_sample_value("mesh_breaker_state", {"dependency": "one-probe"})
        may_answer.set()

        assert shown == 1
        assert await probing == "well"
        assert asked == 1


class TestGivenUp:
    """A call that nobody waited for tells nothing about whoever was called."""

    async def test_it_is_no_failure(self) -> None:
        policy = Policy("given-up", QUICK, failures=1)

        await give_up(policy)

        assert policy.state == "closed"

    async def test_it_does_not_make_failures_forgotten(self) -> None:
        policy, broken = Policy("given-up-between", QUICK, rest=60), Dependency(FAILURES)

        for _ in range(FAILURES):
            await give_up(policy)
            with pytest.raises(Away):
                await policy.run(broken)

        assert policy.state == "opened"

    async def test_it_does_not_find_well_what_was_left_alone(self) -> None:
        policy = Policy("given-up-probe", QUICK, rest=0.0)
        await opened(policy)

        await give_up(policy)
        still = policy.state
        with pytest.raises(Away):
            await policy.run(Dependency(1))

        assert (still, policy.state) == ("half-opened", "opened")


class TestHealing:
    async def test_what_is_well_again_is_found_out_though_nobody_asks(self) -> None:
        policy, broken = Policy("idle", QUICK, rest=0.0), Dependency(FAILURES + 1)
        healing = asyncio.create_task(policy.heal())
        for _ in range(FAILURES):
            with pytest.raises(Away):
                await policy.run(broken)

        await until(lambda: policy.state == "closed")

        healing.cancel()
        assert broken.asked == FAILURES + 2
        assert REGISTRY.get_sample_value("mesh_breaker_state", {"dependency": "idle"}) == 0

    async def test_what_stays_away_is_tried_ever_less_often(self) -> None:
        policy, broken = Policy("away", QUICK, rest=0.0), Dependency(1_000)
        for _ in range(FAILURES):
            with pytest.raises(Away):
                await policy.run(broken)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await policy.heal()

        assert FAILURES < broken.asked <= FAILURES + 5
        assert policy.state == "opened"

    async def test_what_was_never_left_alone_is_not_asked(self) -> None:
        policy, shaky = Policy("once", QUICK, rest=0.0), Dependency(1)
        with pytest.raises(Away):
            await policy.run(shaky)

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await policy.heal()

        assert shaky.asked == 1


class TestFallback:
    async def test_trouble_of_theirs_is_answered_with_the_fallback(self) -> None:
        assert await Policy("absent", QUICK).run_or(Dependency(1), "basic") == "basic"

    async def test_a_refusal_is_no_reason_for_a_fallback(self) -> None:
        with pytest.raises(NotFound):
            await Policy("strict", QUICK).run_or(Dependency(1, NotFound("none")), "basic")
