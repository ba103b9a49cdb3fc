"""Streams and consumers, derived from the manifests and compared with what is there."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    KeyValueConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from shared.manifest import Manifest
from shared.messages import Kind

MAX_MESSAGE: Final = 256 * 1024
ACK_WAIT: Final = 8.0
MAX_ACK_PENDING: Final = 1_000
DUPLICATES: Final = timedelta(minutes=30)
EVENTS_KEPT: Final = timedelta(days=30)
PUSHES_KEPT: Final = timedelta(days=7)
DEAD_KEPT: Final = timedelta(days=90)
TICKETS_KEPT: Final = timedelta(minutes=1)
CACHED: Final = timedelta(hours=1)
CACHE_BYTES: Final = 32 * 1024 * 1024


class WouldLose(Exception):
    """What is wanted cannot be had without losing messages or positions; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What an operator decides: how much a stream may hold, on how many servers."""

    stream_bytes: int = 2 * 1024**3
    replicas: int = 1
    ack_wait: float = ACK_WAIT
    """Seconds after which a silent listener's message is given to another."""


@dataclass(frozen=True, slots=True)
class Place:
    """A listener's durable place in a stream."""

    stream: str
    durable: str
    subject: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the broker should have."""

    streams: tuple[StreamConfig, ...]
    places: tuple[Place, ...]
    buckets: tuple[str, ...]
    replicas: int = 1
    ack_wait: float = ACK_WAIT
    caches: tuple[str, ...] = ()


def plan(manifests: Iterable[Manifest], sizes: Sizes | None = None) -> Plan:
    """Derive it from what services say and hear."""
    manifests = tuple(manifests)
    sizes = sizes or Sizes()
    words = {word for manifest in manifests for word in (*manifest.says, *manifest.hears)}
    kept = {(word.kind, word.owner, word.stream) for word in words}
    streams = [_stream(kind, owner, name, sizes) for kind, owner, name in sorted(kept)]
    streams += [
        _limits("DEAD", "dead.>", DEAD_KEPT, sizes),
        _limits("PUSH", "push.>", PUSHES_KEPT, sizes),
        replace(_limits("TO", "to.>", timedelta(0), sizes), retention=RetentionPolicy.WORK_QUEUE),
    ]
    return Plan(
        streams=tuple(streams),
        places=tuple(place for manifest in manifests for place in places(manifest)),
        buckets=tuple(sorted({bucket for manifest in manifests for bucket in manifest.buckets})),
        replicas=sizes.replicas,
        ack_wait=sizes.ack_wait,
        caches=tuple(sorted({cache for manifest in manifests for cache in manifest.caches})),
    )


def places(manifest: Manifest) -> Iterable[Place]:
    """Each word it hears, and the same said again to it alone; and all dead letters, for one."""
    for durable, subject in manifest.durables.items():
        yield Place(subject.stream, durable, str(subject))
        yield Place("TO", f"to-{durable}", f"to.{durable}")
    if manifest.reads_dead:
        yield Place("DEAD", f"{manifest.name}-dead", "dead.>")


async def apply(jetstream: JetStreamContext, wanted: Plan) -> list[str]:
    """Add what is missing and say what was done; `WouldLose` before anything is changed."""
    there = await _there(jetstream, wanted)
    refused = [
        reason
        for stream in wanted.streams
        if stream.name in there
        for reason in _losses(there[stream.name], stream)
    ]
    missing: list[Place] = []
    for place in wanted.places:
        config = await _consumer(jetstream, place) if place.stream in there else None
        if config is None:
            missing.append(place)
        elif config.filter_subject != place.subject:
            refused.append(f"{place.durable} hears {config.filter_subject}, not {place.subject}")
    if refused:
        raise WouldLose("; ".join(refused))
    done = [
        await _put_stream(jetstream, stream, there.get(stream.name)) for stream in wanted.streams
    ]
    for place in missing:
        await jetstream.add_consumer(place.stream, _consumer_config(place, wanted.ack_wait))
        done.append(f"+ consumer {place.durable} on {place.stream}")
    done += [await _put_bucket(jetstream, bucket, wanted.replicas) for bucket in wanted.buckets]
    done += [await _put_cache(jetstream, cache) for cache in wanted.caches]
    done += [f"? stream {name} is in no contract; left alone" for name in _strangers(there, wanted)]
    return [line for line in done if line]


async def _there(jetstream: JetStreamContext, wanted: Plan) -> dict[str | None, StreamConfig]:
    """Ask for each stream that is not listed: a cluster leaves those out that have no leader."""
    there = {stream.config.name: stream.config for stream in await jetstream.streams_info()}
    for name in [stream.name for stream in wanted.streams if stream.name not in there]:
        with suppress(NotFoundError):
            there[name] = (await jetstream.stream_info(str(name))).config
    return there


def _stream(kind: Kind, owner: str, name: str, sizes: Sizes) -> StreamConfig:
    if kind is Kind.COMMAND:
        queue = _limits(name, f"{kind}.{owner}.>", timedelta(0), sizes)
        return replace(queue, retention=RetentionPolicy.WORK_QUEUE)
    events = _limits(name, f"{kind}.{owner}.>", EVENTS_KEPT, sizes)
    return replace(events, deny_delete=True, deny_purge=True)


def _limits(name: str, subjects: str, kept: timedelta, sizes: Sizes) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=[subjects],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_age=kept.total_seconds(),
        max_bytes=sizes.stream_bytes,
        max_msg_size=MAX_MESSAGE,
        duplicate_window=DUPLICATES.total_seconds(),
        num_replicas=sizes.replicas,
        allow_direct=True,
    )


def _consumer_config(place: Place, ack_wait: float) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=place.durable,
        name=place.durable,
        filter_subject=place.subject,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait,
        max_deliver=-1,
        max_ack_pending=MAX_ACK_PENDING,
        deliver_policy=DeliverPolicy.ALL,
    )


def _losses(there: StreamConfig, wanted: StreamConfig) -> list[str]:
    """Name every difference that would drop messages."""
    fixed = ("retention", "storage", "discard")
    losses = [
        f"{wanted.name}: {field} is {getattr(there, field)}"
        for field in fixed
        if getattr(there, field) != getattr(wanted, field)
    ]
    gone = set(there.subjects or []) - set(wanted.subjects or [])
    losses += [f"{wanted.name}: {subject} would no longer be kept" for subject in sorted(gone)]
    losses += [
        f"{wanted.name}: {limit} would fall to {getattr(wanted, limit)}"
        for limit in ("max_age", "max_bytes")
        if _finite(getattr(wanted, limit)) < _finite(getattr(there, limit))
    ]
    if _copies(wanted) < _copies(there):
        losses.append(f"{wanted.name}: replicas would fall to {_copies(wanted)}")
    return losses


def _finite(limit: float | None) -> float:
    return limit if limit is not None and limit > 0 else float("inf")


def _copies(stream: StreamConfig) -> int:
    return stream.num_replicas or 1


async def _consumer(jetstream: JetStreamContext, place: Place) -> ConsumerConfig | None:
    try:
        found = await jetstream.consumer_info(place.stream, place.durable)
    except NotFoundError:
        return None
    return found.config or ConsumerConfig()


async def _put_stream(
    jetstream: JetStreamContext, wanted: StreamConfig, there: StreamConfig | None
) -> str:
    if there is None:
        await jetstream.add_stream(wanted)
        return f"+ stream {wanted.name} for {', '.join(wanted.subjects or [])}"
    same = ("subjects", "max_age", "max_bytes", "max_msg_size", "num_replicas")
    if all(getattr(there, field) == getattr(wanted, field) for field in same):
        return ""
    await jetstream.update_stream(wanted)
    return f"~ stream {wanted.name} was widened"


async def _put_bucket(jetstream: JetStreamContext, bucket: str, replicas: int) -> str:
    """Make a bucket; it is read where it is written, for other copies may be a moment behind."""
    try:
        there = (await jetstream.stream_info(f"KV_{bucket}")).config
    except NotFoundError:
        ttl = TICKETS_KEPT.total_seconds()
        wanted = KeyValueConfig(
            bucket, ttl=ttl, storage=StorageType.FILE, replicas=replicas, direct=False
        )
        await jetstream.create_key_value(wanted)
        return f"+ bucket {bucket}"
    if _copies(there) >= replicas:
        return ""
    await jetstream.update_stream(there.evolve(num_replicas=replicas))
    return f"~ bucket {bucket} is kept {replicas} times"


async def _put_cache(jetstream: JetStreamContext, cache: str) -> str:
    """Make a bucket on one server, where a restart leaves it; what is lost is made again."""
    try:
        await jetstream.stream_info(f"KV_{cache}")
    except NotFoundError:
        wanted = KeyValueConfig(
            cache,
            ttl=CACHED.total_seconds(),
            max_bytes=CACHE_BYTES,
            storage=StorageType.FILE,
            direct=True,
        )
        await jetstream.create_key_value(wanted)
        return f"+ cache {cache}"
    return ""


def _strangers(there: dict[str | None, StreamConfig], wanted: Plan) -> list[str]:
    known = {stream.name for stream in wanted.streams} | {
        f"KV_{bucket}" for bucket in (*wanted.buckets, *wanted.caches)
    }
    return sorted(str(name) for name in there.keys() - known)
