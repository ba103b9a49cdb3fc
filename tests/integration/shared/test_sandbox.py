"""A reader in the sandbox is given history, and can do nothing else: the broker sees to it."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import StreamInfo

from shared.provision import broker
from shared.provision.sandbox import SANDBOX, close_reader, open_reader, readers
from shared.stored import Start, listeners
from tests.integration.shared.lab import Lab
from tests.waiting import until

WORDS = {"EVT_LAB": ["evt.lab.happened.v1"]}
EAR = "ear-lab-happened-v1"


@dataclass
class Reader:
    """A team that tries things, with a plain connection."""

    client: Client
    bodies: list[bytes] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @classmethod
    async def at(cls, lab: Lab, name: str) -> Self:
        """Connect, and listen to what is brought."""
        refused: list[str] = []

        async def note(error: Exception) -> None:
            refused.append(str(error).lower())

        reader = cls(await lab.connect(SANDBOX, error_cb=note), refused=refused)
        await reader.client.subscribe(f"sandbox.{name}", cb=reader.hear)
        await reader.client.flush()
        return reader

    async def hear(self, message: Msg) -> None:
        """Take it in, or say that we keep up."""
        if (message.headers or {}).get("Status"):
            if message.reply:
                await message.respond(b"")
            return
        self.bodies.append(message.data)


@pytest.fixture
async def said(lab: Lab) -> datetime:
    """Five events, and the moment after the third."""
    publish = (await lab.connect(broker.ADMIN)).jetstream().publish
    for number in range(3):
        await publish("evt.lab.happened.v1", b"%d" % number)
    middle = datetime.now(UTC)
    for number in range(3, 5):
        await publish("evt.lab.happened.v1", b"%d" % number)
    return middle


async def test_it_reads_from_the_first_from_a_sequence_or_from_a_time_and_goes_on(
    lab: Lab, said: datetime
) -> None:
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    starts = {"all": Start(), "fourth": Start(4), "later": Start(at=said)}
    for name, start in starts.items():
        await open_reader(jetstream, name, WORDS, start)

    everybody = {name: await Reader.at(lab, name) for name in starts}
    await jetstream.publish("evt.lab.happened.v1", b"5")
    await until(lambda: all(one.bodies[-1:] == [b"5"] for one in everybody.values()))

    assert everybody["all"].bodies == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert everybody["fourth"].bodies == everybody["later"].bodies == [b"3", b"4", b"5"]
    assert await readers(jetstream) == set(starts)


@pytest.mark.usefixtures("said")
async def test_it_goes_on_where_it_left_and_begins_again_when_it_is_opened_again(
    lab: Lab,
) -> None:
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    await open_reader(jetstream, "try", WORDS, Start())
    first = await Reader.at(lab, "try")
    await until(lambda: len(first.bodies) == 5)
    await first.client.close()

    await jetstream.publish("evt.lab.happened.v1", b"5")
    second = await Reader.at(lab, "try")
    await until(lambda: second.bodies == [b"5"])
    await open_reader(jetstream, "try", WORDS, Start(5))
    await until(lambda: second.bodies == [b"5", b"4", b"5"])

    assert [stream async for stream in close_reader(jetstream, "try")] == ["EVT_LAB"]
    assert await readers(jetstream) == set()


async def test_a_slow_reader_is_waited_for_and_loses_nothing(lab: Lab) -> None:
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    body = bytes(64 * 1024)
    for _ in range(200):
        await jetstream.publish("evt.lab.happened.v1", body)
    await open_reader(jetstream, "slow", WORDS, Start())

    reader = await Reader.at(lab, "slow")
    await until(lambda: len(reader.bodies) == 200)

    assert reader.refused == []


@pytest.mark.usefixtures("said")
async def test_others_see_nothing_of_it(lab: Lab) -> None:
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    before = [(one.name, one.num_pending) for one in await listeners(jetstream, "EVT_LAB")]
    await open_reader(jetstream, "try", WORDS, Start())
    reader = await Reader.at(lab, "try")
    await until(lambda: len(reader.bodies) == 5)

    after = [(one.name, one.num_pending) for one in await listeners(jetstream, "EVT_LAB")]
    assert [one for one in after if one[0] != "sandbox-try"] == before


_API = "$JS.API"
WRITES = [
    "evt.lab.happened.v1",
    "cmd.lab.work.v1",
    f"to.{EAR}",
    f"dead.{EAR}",
    "push.somebody",
    "sandbox.try",
    f"{_API}.STREAM.DELETE.EVT_LAB",
    f"{_API}.STREAM.PURGE.EVT_LAB",
    f"{_API}.STREAM.MSG.DELETE.EVT_LAB",
    f"{_API}.STREAM.CREATE.MINE",
    f"{_API}.STREAM.UPDATE.EVT_LAB",
    f"{_API}.CONSUMER.CREATE.EVT_LAB.{EAR}",
    f"{_API}.CONSUMER.DURABLE.CREATE.EVT_LAB.sandbox-try",
    f"{_API}.CONSUMER.DELETE.EVT_LAB.{EAR}",
    f"{_API}.CONSUMER.PAUSE.EVT_LAB.{EAR}",
    f"{_API}.CONSUMER.MSG.NEXT.EVT_LAB.{EAR}",
    f"{_API}.CONSUMER.MSG.NEXT.EVT_LAB.sandbox-try",
    f"{_API}.STREAM.MSG.GET.EVT_LAB",
    f"{_API}.DIRECT.GET.EVT_LAB",
    f"$JS.ACK.EVT_LAB.{EAR}.1.1.1.1.1",
    "$JS.ACK.EVT_LAB.sandbox-try.1.1.1.1.1",
    "$KV.ws-tickets.mine",
    "_INBOX_ear.reply",
]


@pytest.mark.usefixtures("said")
async def test_it_can_neither_write_nor_have_the_broker_write(lab: Lab) -> None:
    jetstream = (await lab.connect(broker.ADMIN)).jetstream()
    await open_reader(jetstream, "try", WORDS, Start())
    reader = await Reader.at(lab, "try")
    await until(lambda: len(reader.bodies) == 5)
    before = _states(await jetstream.streams_info())

    for subject in WRITES:
        await reader.client.publish(subject, b'{"seq":1}', reply="cmd.lab.work.v1")
        await reader.client.flush()
    # What it may say has no answer, whatever is named for one.
    await reader.client.publish("$JS.FC.EVT_LAB.sandbox-try.x", b"+NXT", reply="cmd.lab.work.v1")
    await reader.client.flush()
    await until(lambda: len(reader.refused) >= len(WRITES))

    assert all("permissions violation for publish" in one for one in reader.refused)
    assert _states(await jetstream.streams_info()) == before
    ear = await jetstream.consumer_info("EVT_LAB", EAR)
    assert (ear.num_pending, ear.num_ack_pending, ear.paused) == (5, 0, None)


@pytest.mark.parametrize("subject", ["evt.>", "cmd.>", ">", "_INBOX_ear.>", "req.>", "$JS.>"])
async def test_it_hears_nothing_but_what_is_brought_to_it(lab: Lab, subject: str) -> None:
    reader = await Reader.at(lab, "try")

    await reader.client.subscribe(subject, cb=reader.hear)
    await reader.client.flush()
    async with asyncio.timeout(10):
        await until(lambda: bool(reader.refused))

    assert "permissions violation for subscription" in reader.refused[0]


def _states(streams: list[StreamInfo]) -> dict[str, tuple[int, int]]:
    return {str(one.config.name): (one.state.messages, one.state.consumer_count) for one in streams}
