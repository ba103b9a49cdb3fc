"""The way of a message without a mesh: nats-py and nothing else."""

import asyncio
from typing import Final

from benchmarks.bus.place import Clock, Place, Told
from shared.cause import Cause, new_id
from shared.envelope import Envelope
from tests.integration.shared.lab import Happened

AT_ONCE: Final = 256
SUBJECT: Final = str(Happened.subject)
STREAM: Final = Happened.subject.stream
DURABLE: Final = Happened.subject.durable("ear")


async def publish(place: Place) -> Told:
    """Publish with nats-py alone, so many at a time, each confirmed."""
    client = await place.client("lab")
    jetstream = client.jetstream()
    ready, clock = [_sealed() for _ in range(place.count)], Clock()
    for start in range(0, place.count, AT_ONCE):
        await asyncio.gather(
            *(
                jetstream.publish(SUBJECT, body, headers=headers, stream=STREAM)
                for headers, body in ready[start : start + AT_ONCE]
            )
        )
    told = clock.told()
    await client.close()
    return told


async def handle(place: Place) -> Told:
    """Take and confirm with nats-py alone, and read each message as a handler would."""
    client = await place.client("ear")
    heard = await client.jetstream().pull_subscribe_bind(DURABLE, STREAM)
    clock, count = Clock(), 0
    while count < place.count:
        for message in await heard.fetch(AT_ONCE, timeout=5):
            Happened.model_validate_json(message.data)
            await message.ack()
            count += 1
    await client.flush()
    told = clock.told()
    await client.close()
    return told


def _sealed() -> tuple[dict[str, str], bytes]:
    happened = Happened(thing_id=new_id(), note="a note of some length")
    headers = Envelope.seal(happened, Cause(actor=happened.thing_id), source="lab").headers()
    return headers, happened.model_dump_json().encode()
