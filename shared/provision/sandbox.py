"""Readers for teams that try things: they are given history and news, and can say nothing at all.

A reader never pulls and never acks: whoever may ask the broker for anything names the subject of
the answer, and so could have it write. The broker brings messages, and asks only who keeps up.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import Final

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from shared.messages import Kind, Subject
from shared.stored import Start, listeners

SANDBOX: Final = "sandbox"
"""The broker user of all readers; what each reads comes at `sandbox.<name>`."""

_BEAT: Final = 5.0


def streams_of(words: Iterable[Subject]) -> dict[str, list[str]]:
    """Sort events by the streams that keep them; commands are their listeners' alone."""
    found: dict[str, list[str]] = {}
    for word in words:
        if word.kind is Kind.EVENT:
            found.setdefault(word.stream, []).append(str(word))
    return found


async def open_reader(
    jetstream: JetStreamContext, name: str, words: Mapping[str, list[str]], start: Start
) -> None:
    """Give a reader what is kept from there on, and what follows; a known one begins again."""
    async for _ in close_reader(jetstream, name):
        """What it read before, it reads no more."""
    for stream, subjects in words.items():
        await jetstream.add_consumer(stream, _config(name, subjects, start))


async def close_reader(jetstream: JetStreamContext, name: str) -> AsyncGenerator[str]:
    """Forget a reader; tells the streams that it read."""
    for stream in await jetstream.streams_info():
        kept = str(stream.config.name)
        try:
            await jetstream.delete_consumer(kept, _durable(name))
        except NotFoundError:
            continue
        yield kept


async def readers(jetstream: JetStreamContext) -> set[str]:
    """Name all there are."""
    streams = await jetstream.streams_info()
    found = [
        one.name
        for stream in streams
        for one in await listeners(jetstream, str(stream.config.name))
    ]
    return {one.removeprefix(_durable("")) for one in found if one.startswith(_durable(""))}


def _durable(name: str) -> str:
    return f"{SANDBOX}-{name}"


def _config(name: str, subjects: list[str], start: Start) -> ConsumerConfig:
    config = ConsumerConfig(
        durable_name=_durable(name),
        name=_durable(name),
        deliver_subject=f"{SANDBOX}.{name}",
        filter_subjects=subjects,
        ack_policy=AckPolicy.NONE,
        flow_control=True,
        idle_heartbeat=_BEAT,
    )
    if start.at is not None:
        return config.evolve(deliver_policy=DeliverPolicy.BY_START_TIME, opt_start_time=start.at)
    return config.evolve(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=max(1, start.sequence)
    )
