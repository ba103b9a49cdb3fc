"""The simulated broker and the real one keep the same promises to relays and couriers."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import nats.errors
import nats.js.errors
import pytest
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig

from shared.bus import Address, Bus
from shared.bus_hearing import _HeardFromNats
from shared.cause import new_id
from shared.delivery import Outcome, Verdict
from shared.problems import Away
from shared.relay import Outgoing
from tests.servers import Nats
from tests.simulation.broker import Link, SimulatedBroker
from tests.simulation.fate import Steps
from tests.waiting import until_found

SUBJECT: Final = "evt.trial.happened.v1"
STREAM: Final = "EVT_TRIAL"
PLACE: Final = "ear-trial-happened-v1"
ACK_WAIT: Final = 0.5
WINDOW: Final = 1.0


class Trial(ABC):
    """A broker with one stream and one place in it."""

    link: Bus | Link

    @abstractmethod
    async def take(self) -> Any | None:
        """Take the next message that is there, if there is one."""

    @abstractmethod
    async def stored(self) -> int:
        """Count what is in the stream."""

    @abstractmethod
    async def unfinished(self) -> int:
        """Count what the place is not done with."""

    @abstractmethod
    async def end(self) -> None:
        """Store nothing from now on."""

    async def until_taken(self) -> Any:
        """Wait for the next message."""
        taken: list[Any] = []

        async def there() -> bool:
            raw = await self.take()
            taken.extend([raw] if raw else [])
            return raw is not None

        await until_found(there)
        return taken[0]

    async def publish(self, body: bytes = b"{}", *, known_as: str = "") -> None:
        """Publish one."""
        headers = {"Nats-Msg-Id": known_as or str(new_id()), "ce-id": "1"}
        await self.link.publish_stored(SUBJECT, body, headers, stream=STREAM)


@dataclass
class SimulatedTrial(Trial):
    broker: SimulatedBroker
    link: Link

    async def take(self) -> Any | None:
        there = self.broker.available(PLACE)
        return self.broker.give(PLACE, there[0], self.link) if there else None

    async def stored(self) -> int:
        return len(self.broker.streams[STREAM].messages)

    async def unfinished(self) -> int:
        return self.broker.unfinished(PLACE)

    async def end(self) -> None:
        self.broker.away = True


@dataclass
class RealTrial(Trial):
    link: Bus

    async def provision(self) -> None:
        streams = self.link.jetstream
        window = StreamConfig(STREAM, subjects=["evt.trial.>"], duplicate_window=WINDOW)
        place = ConsumerConfig(durable_name=PLACE, ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_WAIT)
        await streams.add_stream(window)
        await streams.add_consumer(STREAM, place)
        self.place = await streams.pull_subscribe_bind(PLACE, STREAM)

    async def take(self) -> Any | None:
        try:
            return (await self.place.fetch(1, timeout=0.1))[0]
        except (nats.errors.TimeoutError, TimeoutError):
            return None

    async def stored(self) -> int:
        return int((await self.link.jetstream.stream_info(STREAM)).state.messages)

    async def unfinished(self) -> int:
        info = await self.link.jetstream.consumer_info(STREAM, PLACE)
        return int(info.num_pending or 0) + int(info.num_ack_pending or 0)

    async def end(self) -> None:
        await self.link.jetstream.delete_stream(STREAM)


class BrokerBehaviour:
    """Inherit, provide `trial`, and be held to it."""

    async def test_what_is_stored_is_given_with_its_headers(self, trial: Trial) -> None:
        await trial.publish(b'{"a": 1}', known_as="x")

        heard = _HeardFromNats(await trial.until_taken())

        assert heard.body == b'{"a": 1}'
        assert heard.headers["Nats-Msg-Id"] == "x"
        assert heard.deliveries == 1

    async def test_of_many_each_is_told_to_be_stored(self, trial: Trial) -> None:
        many = [Outgoing(UUID(int=n), SUBJECT, {"Nats-Msg-Id": str(n)}, b"{}") for n in (1, 2, 1)]

        assert await trial.link.publish_all(many) == [True, True, True]
        assert await trial.stored() == 2

    async def test_a_repetition_is_known_for_a_while_and_then_stored_again(
        self, trial: Trial
    ) -> None:
        await trial.publish(known_as="x")
        await trial.publish(known_as="x")
        assert await trial.stored() == 1

        async def stored_again() -> bool:
            await trial.publish(known_as="x")
            return await trial.stored() == 2

        await until_found(stored_again)

    async def test_what_nobody_acks_is_given_again(self, trial: Trial) -> None:
        await trial.publish()
        await trial.until_taken()
        assert await trial.unfinished() == 1

        again = _HeardFromNats(await trial.until_taken())

        assert again.deliveries == 2

    @pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.DEAD, Outcome.PARKED])
    async def test_what_has_an_outcome_is_over(self, trial: Trial, outcome: Outcome) -> None:
        await trial.publish()

        await _HeardFromNats(await trial.until_taken()).settle(Verdict(outcome))

        await self._until_finished(trial)

    async def test_what_is_handed_back_is_given_again_after_its_delay(self, trial: Trial) -> None:
        await trial.publish()
        first = _HeardFromNats(await trial.until_taken())

        await first.settle(Verdict(Outcome.AGAIN, 0.05))

        assert _HeardFromNats(await trial.until_taken()).deliveries == 2

    async def test_a_late_ack_of_who_lost_it_counts(self, trial: Trial) -> None:
        await trial.publish()
        late = _HeardFromNats(await trial.until_taken())
        await trial.until_taken()

        await late.settle(Verdict(Outcome.DONE))

        await self._until_finished(trial)

    async def test_what_is_over_is_not_handed_back(self, trial: Trial) -> None:
        await trial.publish()
        first = _HeardFromNats(await trial.until_taken())
        second = _HeardFromNats(await trial.until_taken())
        await second.settle(Verdict(Outcome.DONE))
        await self._until_finished(trial)

        await first.settle(Verdict(Outcome.AGAIN, 0.0))
        await trial.publish(b'"next"')

        assert _HeardFromNats(await trial.until_taken()).body == b'"next"'

    async def test_what_is_not_stored_is_not_told_to_be(self, trial: Trial) -> None:
        await trial.end()

        with pytest.raises(Away):
            await trial.publish()
        with contextlib.suppress(Away):
            one = Outgoing(new_id(), SUBJECT, {"Nats-Msg-Id": "x"}, b"{}")
            assert await trial.link.publish_all([one]) == [False]

    async def _until_finished(self, trial: Trial) -> None:
        async def finished() -> bool:
            return await trial.unfinished() == 0

        await until_found(finished)


class TestSimulatedBroker(BrokerBehaviour):
    @pytest.fixture
    async def trial(self) -> Trial:
        clock = asyncio.get_running_loop().time
        broker = SimulatedBroker(clock, ack_wait=ACK_WAIT, window=WINDOW)
        broker.place(PLACE, STREAM, SUBJECT)
        return SimulatedTrial(broker, Link(broker, Steps(die=lambda: None, go=lambda: None)))


class TestRealBroker(BrokerBehaviour):
    @pytest.fixture
    async def trial(self, nats_server: Nats) -> AsyncGenerator[Trial]:
        bus = await Bus("trial", Address(nats_server.url, "", "")).connect()
        trial = RealTrial(bus)
        await trial.provision()
        yield trial
        with contextlib.suppress(nats.js.errors.NotFoundError):
            await trial.end()
        await trial.place.unsubscribe()  # a drain would wait for what a late pull still brings
        await bus.stop()
