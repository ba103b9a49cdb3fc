"""The stream `PUSH`, read for one person at a time, with nothing left out and nothing twice."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import Error as JetStreamError
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from contracts.notification import Frame
from services.gateway.ports import EpochChanged, Mark, Pushed
from shared import logs
from shared.bus import Bus
from shared.cause import new_id
from shared.problems import Away

STREAM: Final = "PUSH"
_BATCH: Final = 64
_POLL: Final = 5.0
_LEFT_ALONE: Final = 30.0
"""Seconds after which the broker forgets a reader that asks no more."""

log = logs.get(__name__)


class _OutOfStep(Exception):
    """The reader skipped something or is gone; a new one begins where the last frame stood."""


@dataclass(frozen=True, slots=True)
class NatsPushes:
    """Pushes read from JetStream."""

    bus: Bus

    async def mark(self, user: UUID) -> Mark:
        """Say where somebody's pushes stand; for who has none, where the stream stands."""
        jetstream = self.bus.jetstream
        try:
            info = await jetstream.stream_info(STREAM)
            newest = int(info.state.last_seq)
            last = await _last(jetstream, user)
        except (nats.errors.Error, JetStreamError, TimeoutError) as gone:
            raise Away("the stream of pushes cannot be reached") from gone
        _heed_cancellation()
        return Mark(_epoch(info.created), last, int(info.state.first_seq), max(newest, last))

    async def follow(self, user: UUID, after: int, epoch: str = "") -> AsyncGenerator[Pushed]:
        """Read from an offset on, for ever; a reader that is lost is replaced."""
        offset = after
        while True:
            try:
                async with aclosing(self._read(user, offset)) as reader:
                    async for raw in reader:
                        offset = int(raw.metadata.sequence.stream)
                        pushed = _pushed(raw, offset)
                        if pushed is not None:
                            yield pushed
            except (nats.errors.Error, JetStreamError, TimeoutError, Away, _OutOfStep) as lost:
                log.info("reading pushes again", after=offset, reason=type(lost).__name__)
                await asyncio.sleep(0.2)
                if epoch and await self._epoch() not in {None, epoch}:
                    raise EpochChanged from lost

    async def _epoch(self) -> str | None:
        """Name the life of the stream, if there is one just now."""
        try:
            return _epoch((await self.bus.jetstream.stream_info(STREAM)).created)
        except (nats.errors.Error, JetStreamError, TimeoutError, Away):
            return None

    async def _read(self, user: UUID, after: int) -> AsyncGenerator[Msg]:
        name = new_id().hex
        reader = ConsumerConfig(
            name=name,
            filter_subject=f"push.{user}",
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=after + 1,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=_LEFT_ALONE,
            mem_storage=True,
            num_replicas=1,
        )
        jetstream = self.bus.jetstream
        async with AsyncExitStack() as leaving:
            adding = asyncio.ensure_future(jetstream.add_consumer(STREAM, reader))
            leaving.push_async_callback(self._forget, name, adding)
            await asyncio.shield(adding)
            subscription = await jetstream.pull_subscribe_bind(name, STREAM)
            leaving.push_async_callback(_leave, subscription)
            expected = 1
            while True:
                for raw in await _fetch(subscription):
                    if raw.metadata.sequence.consumer != expected:
                        raise _OutOfStep
                    expected += 1
                    yield raw

    async def _forget(self, reader: str, adding: "asyncio.Future[ConsumerInfo]") -> None:
        """Have the broker forget a reader at once, without waiting for its word.

        First it must have answered that there is one: of two wishes it may fulfil the later first.
        """
        await asyncio.wait([adding])
        with suppress(nats.errors.Error, Away):
            await self.bus.connection.publish(f"$JS.API.CONSUMER.DELETE.{STREAM}.{reader}")


def _heed_cancellation() -> None:
    """Raise a cancellation that came together with an answer: the client loses it in Python 3.11.

    A tab that has gone would be read for ever, and one whose session ended would stay open.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _epoch(created: object) -> str:
    """Name the life of the stream by its birth."""
    return sha256(str(created).encode()).hexdigest()[:16]


async def _last(jetstream: JetStreamContext, user: UUID) -> int:
    try:
        last = await jetstream.get_last_msg(STREAM, f"push.{user}", direct=True)
    except NotFoundError:
        return 0
    return int(last.seq or 0)


async def _fetch(subscription: JetStreamContext.PullSubscription) -> list[Msg]:
    try:
        fetched = await subscription.fetch(_BATCH, timeout=_POLL)
    except (TimeoutError, nats.errors.TimeoutError):
        fetched = []
    _heed_cancellation()
    return fetched


async def _leave(subscription: JetStreamContext.PullSubscription) -> None:
    with suppress(nats.errors.Error, JetStreamError):
        await subscription.unsubscribe()


def _pushed(raw: Msg, offset: int) -> Pushed | None:
    """Read a frame; None, and a line in the log, if it cannot be read."""
    headers = raw.headers or {}
    try:
        frame = Frame.model_validate_json(raw.data)
    except ValidationError:
        log.warning("a push that is no frame", offset=offset)
        return None
    return Pushed(
        offset=offset,
        id=headers.get("ce-id", str(offset)),
        name=frame.name,
        data=frame.data,
        traceparent=headers.get("traceparent"),
    )
