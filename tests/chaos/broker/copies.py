"""What one node of a cluster has in its own copy of a stream, message by message."""

from typing import Final

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.cause import new_id
from tests.chaos.broker.nodes import STREAM
from tests.waiting import until_found

PULL: Final = 500
WITHIN: Final = 300.0


async def copy_of(jetstream: JetStreamContext, node: str, stream: str = STREAM) -> list[str]:
    """Read all ids there, in order, each as often as it is stored."""
    found: list[str] = []

    async def read() -> bool:
        nonlocal found
        try:
            reader = await _reader(jetstream, node, stream)
            found = await _read(jetstream, reader, stream) if reader else []
        except (NatsError, TimeoutError):
            return False
        return reader is not None

    await until_found(read, WITHIN)
    return found


async def _reader(jetstream: JetStreamContext, node: str, stream: str) -> str | None:
    """Make a consumer that lives on one node and reads there; none if it came to another one.

    Where a consumer without copies comes to is the cluster's choice, so it is made until it fits.
    """
    name = f"reader-{new_id()}"
    info = await jetstream.add_consumer(
        stream,
        ConsumerConfig(
            name=name,
            ack_policy=AckPolicy.NONE,
            deliver_policy=DeliverPolicy.ALL,
            headers_only=True,
            num_replicas=1,
            inactive_threshold=60,
        ),
    )
    if info.cluster and info.cluster.leader == node:
        return name
    await jetstream.delete_consumer(stream, name)
    return None


async def _read(jetstream: JetStreamContext, reader: str, stream: str) -> list[str]:
    total = (await jetstream.consumer_info(stream, reader)).num_pending or 0
    pulled = await jetstream.pull_subscribe_bind(consumer=reader, stream=stream)
    found: list[str] = []
    try:
        while len(found) < total:
            batch = await pulled.fetch(PULL, timeout=10)
            found += [(one.headers or {})["ce-id"] for one in batch]
    finally:
        await pulled.unsubscribe()
    await jetstream.delete_consumer(stream, reader)
    return found
