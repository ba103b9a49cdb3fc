"""How full streams are and how far listeners have come, measured for whoever watches the mesh."""

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import nats.errors
from nats.js.api import ConsumerInfo, StreamInfo
from nats.js.errors import Error as JetStreamError
from prometheus_client import Gauge

from contracts.catalogue import manifests
from shared import logs
from shared.bus import Bus
from shared.problems import Away
from shared.provision.streams import places
from shared.stored import listeners, waiting_since, whole_copies

BYTES: Final = Gauge("mesh_stream_bytes", "Bytes that a stream holds", ["stream"])
LIMIT: Final = Gauge(
    "mesh_stream_limit_bytes", "Bytes at which a stream takes nothing more", ["stream"]
)
MISSING: Final = Gauge(
    "mesh_stream_copies_missing",
    "Copies of a stream that are away or behind; 1 where nobody leads, or it is not there",
    ["stream"],
)
OLDEST: Final = Gauge(
    "mesh_consumer_oldest_seconds",
    "Age of the oldest message that a listener has not dealt with",
    ["stream", "durable"],
)
PENDING: Final = Gauge(
    "mesh_consumer_pending", "Messages that a listener was not given yet", ["stream", "durable"]
)
IN_HAND: Final = Gauge(
    "mesh_consumer_ack_pending", "Messages that a listener has in hand", ["stream", "durable"]
)
REDELIVERED: Final = Gauge(
    "mesh_consumer_redelivered",
    "Messages in hand that were given more than once",
    ["stream", "durable"],
)
_GAUGES: Final = (BYTES, LIMIT, MISSING, OLDEST, PENDING, IN_HAND, REDELIVERED)
_EVERY: Final = 15.0
_LOST: Final = (nats.errors.Error, JetStreamError, TimeoutError, Away)

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A listener, and since when its oldest message waits."""

    listener: ConsumerInfo
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at every stream, and at every durable listener of the streams `of`."""

    bus: Bus
    of: AbstractSet[str]
    draining: asyncio.Event

    async def run(self) -> None:
        """Measure until we go; while the broker is away there are no figures, rather than old ones.

        On a closed connection nats-py turns a cancellation into an error, so it alone ends nothing.
        """
        while not self.draining.is_set():
            try:
                await self.measure()
            except _LOST as lost:
                _clear()
                log.info("nothing measured", reason=repr(lost))
            await asyncio.sleep(_EVERY)

    async def measure(self) -> None:
        """Look once at all, then tell; readers in a sandbox may be as late as they like."""
        jetstream = self.bus.jetstream
        streams = await jetstream.streams_info()
        seen = [
            Seen(listener, await waiting_since(jetstream, listener))
            for name in sorted({str(stream.config.name) for stream in streams} & self.of)
            for listener in await listeners(jetstream, name)
            if listener.config.durable_name and not listener.config.deliver_subject
        ]
        _clear()
        for stream in streams:
            _tell_stream(stream)
        for name in self.of - {str(stream.config.name) for stream in streams}:
            MISSING.labels(name).set(1)  # the broker lists none that has no leader
        now = datetime.now(UTC)
        for one in seen:
            _tell_listener(one, now)


def watched() -> set[str]:
    """Name the streams in which anybody has a place, as the broker's permissions do."""
    return {place.stream for manifest in manifests().values() for place in places(manifest)}


def _clear() -> None:
    for gauge in _GAUGES:
        gauge.clear()


def _tell_stream(stream: StreamInfo) -> None:
    name, limit = stream.config.name, stream.config.max_bytes
    BYTES.labels(name).set(stream.state.bytes)
    MISSING.labels(name).set((stream.config.num_replicas or 1) - whole_copies(stream))
    if limit is not None and limit > 0:
        LIMIT.labels(name).set(limit)


def _tell_listener(seen: Seen, now: datetime) -> None:
    listener = seen.listener
    whose = (listener.stream_name, listener.name)
    age = (now - seen.since).total_seconds() if seen.since else 0.0
    OLDEST.labels(*whose).set(max(0.0, age))  # the broker's clock may be ahead of ours
    PENDING.labels(*whose).set(listener.num_pending or 0)
    IN_HAND.labels(*whose).set(listener.num_ack_pending or 0)
    REDELIVERED.labels(*whose).set(listener.num_redelivered or 0)
