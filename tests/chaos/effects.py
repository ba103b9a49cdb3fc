"""What came of everything: messages in streams, rows in databases, read when all is quiet."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingMore
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import ServiceUnavailableError

from tests.chaos.broker.copies import copy_of
from tests.chaos.rig import Rig

_AT_ONCE: Final = 1_000
_TRIES: Final = 20
_WORK: Final = {
    "turns": "SELECT count(*) FROM turns",
    "parked": "SELECT count(*) FROM parked",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One message as a stream keeps it."""

    stream: str
    subject: str
    place: int
    id: str
    correlation: str
    source: str
    frame: str = ""
    """Of a frame, what it is called."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an outbox."""

    id: str
    address: str
    published: bool


@dataclass
class Boxes:
    """What one service's database knows of messages."""

    outbox: list[Row] = field(default_factory=list)
    inbox: list[tuple[str, str]] = field(default_factory=list)
    """Listeners, each with the id of a message that it has handled."""


@dataclass
class Effects:
    """All of it."""

    told: list[Told]
    boxes: dict[str, Boxes]
    dead: int
    copies: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    """By stream and node, what each of several nodes has by itself."""

    def at(self, subject: str) -> Iterable[Told]:
        """Give the messages of one subject."""
        return (one for one in self.told if one.subject == subject)

    def frames(self, name: str) -> Iterable[Told]:
        """Give the frames of one name."""
        return (one for one in self.told if one.frame == name)


async def read(rig: Rig) -> Effects:
    """Read every stream and every box."""
    told = [one async for one in _messages(rig)]
    boxes = {
        name: await _boxes(rig, name) for name in rig.services if rig.mesh.manifests[name].database
    }
    dead = sum(one.stream == "DEAD" for one in told)
    kept = {one.stream for one in told if one.stream.startswith(("EVT_", "PUSH"))}
    return Effects(told, boxes, dead, await _copies(rig, sorted(kept)))


async def still_busy(rig: Rig) -> list[str]:
    """Say what is not finished yet; nothing when all is quiet."""
    counts = await rig.counter.look()
    if counts is None:
        return ["the broker does not answer"]
    busy = [
        f"{one.durable}: {one.pending} wait, {one.unacked} in hand"
        for one in counts.places.values()
        if not one.idle
    ]
    for name in rig.services:
        if rig.mesh.manifests[name].database:
            busy += await _rows_left(rig, name)
    return busy


async def _rows_left(rig: Rig, service: str) -> list[str]:
    async with rig.database(service) as database:
        left = {"unpublished": "SELECT count(*) FROM outbox WHERE published_at IS NULL"} | {
            table: query
            for table, query in _WORK.items()
            if await database.fetchval("SELECT to_regclass($1) IS NOT NULL", table)
        }
        found = {name: await database.fetchval(query) for name, query in left.items()}
    return [f"{service}: {count} {name}" for name, count in found.items() if count]


async def _messages(rig: Rig) -> AsyncIterator[Told]:
    connection = await rig.broker()
    try:
        jetstream = connection.jetstream(timeout=20)
        for stream in await jetstream.streams_info():
            name = stream.config.name or ""
            if name.startswith("KV_") or not stream.state.messages:
                continue
            reading = await jetstream.pull_subscribe(
                "",
                stream=name,
                config=ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=60),
            )
            left = stream.state.messages
            while left > 0:
                if not (batch := await _batch(reading)):
                    break
                left -= len(batch)
                for message in batch:
                    headers = message.headers or {}
                    body = json.loads(message.data) if name == "PUSH" else {}
                    yield Told(
                        stream=name,
                        subject=message.subject,
                        place=message.metadata.sequence.stream,
                        id=headers.get("ce-id", ""),
                        correlation=headers.get("ce-correlationid", ""),
                        source=headers.get("ce-source", ""),
                        frame=body.get("name", ""),
                    )
            await reading.unsubscribe()
    finally:
        await connection.close()


async def _batch(reading: JetStreamContext.PullSubscription) -> list[Msg]:
    """Read on; of several nodes not all know at once of a reader that was just made."""
    for _ in range(_TRIES):
        try:
            return await reading.fetch(_AT_ONCE, timeout=10)
        except NothingMore:
            return []
        except ServiceUnavailableError:
            await asyncio.sleep(0.5)
    return []


async def _copies(rig: Rig, streams: Sequence[str]) -> dict[tuple[str, str], Sequence[str]]:
    """Read every node's own copy of what is kept; nothing where there is only one."""
    if rig.mesh.ports.nodes == 1:
        return {}
    connection = await rig.broker()
    try:
        jetstream = connection.jetstream(timeout=20)
        return {
            (stream, node): await copy_of(jetstream, node, stream)
            for stream in streams
            for node in rig.counter.addresses
        }
    finally:
        await connection.close()


async def _boxes(rig: Rig, service: str) -> Boxes:
    async with rig.database(service) as database:
        outbox = await database.fetch("SELECT message_id, address, published_at FROM outbox")
        inbox = await database.fetch("SELECT durable, message_id FROM inbox WHERE generation = 0")
    return Boxes(
        [
            Row(str(one["message_id"]), one["address"], one["published_at"] is not None)
            for one in outbox
        ],
        [(one["durable"], one["message_id"]) for one in inbox],
    )


async def column(rig: Rig, service: str, query: str) -> Sequence[str]:
    """Read one column as text."""
    async with rig.database(service) as database:
        return [str(row[0]) for row in await database.fetch(query)]


async def pairs(rig: Rig, service: str, query: str) -> dict[str, str]:
    """Read two columns as text, the first as the key."""
    async with rig.database(service) as database:
        return {str(row[0]): str(row[1]) for row in await database.fetch(query)}
