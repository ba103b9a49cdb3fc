"""Deletions wait while bytes are copied: what a moment's rows refer to must still be there."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from contracts.storage import DeleteObject
from shared.again import TO
from shared.problems import Away

WAITS: Final = timedelta(seconds=60)
"""Deletions go on by themselves after so long, should we die."""

_BEAT: Final = 15.0
_LOOK: Final = 0.1
_WITHIN: Final = 15.0
_LOST: Final = (APIError, NatsError, TimeoutError)
_DURABLE: Final = DeleteObject.subject.durable("storage")
_PLACES: Final = ((DeleteObject.subject.stream, _DURABLE), (TO, f"to-{_DURABLE}"))


@asynccontextmanager
async def waiting(url: str, user: str, password: str) -> AsyncGenerator[None]:
    """Have the broker hold back every wish to delete an object, until the end of the block."""
    try:
        connection = await nats.connect(
            url.split(","),
            user=user,
            password=password,
            inbox_prefix=f"_INBOX_{user}".encode(),
            connect_timeout=5,
        )
    except (OSError, TimeoutError, NatsError) as gone:
        raise Away(f"no broker at {url} lets {user} in: {gone!r}") from gone
    try:
        jetstream = connection.jetstream(timeout=5)
        await _hold(jetstream)
        beating = asyncio.create_task(_beat(jetstream))
        try:
            await _until_idle(jetstream)
            yield
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            with suppress(*_LOST):
                await _pause(jetstream, timedelta(seconds=-1))
    finally:
        await connection.close()


async def _hold(jetstream: JetStreamContext) -> None:
    try:
        await _pause(jetstream, WAITS)
    except NotFoundError as lost:
        raise Away(
            "the broker knows no place of storage: it lost what it kept (`mesh replay"
            " --from-outbox` first)"
        ) from lost
    except _LOST as gone:
        raise Away(f"the broker does not hold deletions back: {gone!r}") from gone


async def _beat(jetstream: JetStreamContext) -> None:
    while True:
        await asyncio.sleep(_BEAT)
        with suppress(*_LOST):
            await _pause(jetstream, WAITS)


async def _pause(jetstream: JetStreamContext, how_long: timedelta) -> None:
    until = (datetime.now(UTC) + how_long).isoformat().replace("+00:00", "Z")
    for stream, durable in _PLACES:
        await jetstream.pause_consumer(stream, durable, until)


async def _until_idle(jetstream: JetStreamContext) -> None:
    """Wait until those in hand are done; what fails again and again is not waited for."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_WITHIN):
            for stream, durable in _PLACES:
                while (  # noqa: ASYNC110  # the broker tells nobody
                    await jetstream.consumer_info(stream, durable)
                ).num_ack_pending:
                    await asyncio.sleep(_LOOK)
