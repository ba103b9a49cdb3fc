"""What was said in the mesh and is still kept, looked through for operators.

Streams keep what was said each for itself; here they are read side by side, in the order of time.
Messages are asked for by sequence, so that no listener's place moves and none is made.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import blake2b
from time import monotonic
from typing import Final, Protocol

from nats.aio.client import Client

from contracts import operations as told
from contracts.catalogue import manifests
from services.operations.service import administering
from shared.cause import Cause
from shared.cursor import BadCursor
from shared.legible import readable
from shared.messages import BadSubject, Subject
from shared.stored import Start, Stored, read

PATIENCE: Final = 2.0
"""Seconds of looking after which a page goes out as it is, perhaps empty, with a place to go on."""
BYTES: Final = 128 * 1024
"""Of bodies on a page, which must fit into one message."""
FOLLOWING: Final = 20.0
PAUSE: Final = 0.5


class Broker(Protocol):
    """The one thing we need of the bus."""

    @property
    def connection(self) -> Client: ...


@dataclass(frozen=True, slots=True)
class Said:
    """The verb; `streams` are all that keep events and commands."""

    broker: Broker
    streams: Sequence[str]
    clock: Callable[[], float] = monotonic

    async def search(self, asked: told.SearchSaid, cause: Cause) -> told.SaidPage:
        """Answer with a page of what fits, oldest first; who follows is kept waiting for news."""
        administering(cause)
        places = _Places.read(asked, self.streams)
        until = self.clock() + (FOLLOWING if asked.follow else 0)
        while True:
            page, more = await self._page(asked, places)
            if page or more or self.clock() >= until:
                following = more or asked.follow
                return told.SaidPage(items=page, next_cursor=places.cursor if following else None)
            await asyncio.sleep(PAUSE)

    async def _page(
        self, asked: told.SearchSaid, places: "_Places"
    ) -> tuple[list[told.SaidMessage], bool]:
        """Read on from the places and move them; tell whether there may be more by now."""
        page: list[told.SaidMessage] = []
        room, until = BYTES, self.clock() + PATIENCE
        async with aclosing(self._merged(asked, places)) as merged:
            async for one in merged:
                if asked.until is not None and one.at >= asked.until:
                    return page, False
                fits = _fits(one, asked)
                if fits and page and len(one.body) > room:
                    return page, True
                places.pass_by(one)
                if fits:
                    page.append(_shown(one))
                    room -= len(one.body)
                if len(page) == asked.limit or self.clock() >= until:
                    return page, True
        return page, False

    async def _merged(self, asked: told.SearchSaid, places: "_Places") -> AsyncGenerator[Stored]:
        readers = {
            stream: read(self.broker.connection, stream, subject=_subject(asked), start=start)
            for stream, start in places.starts().items()
        }
        heads = {stream: await anext(reader, None) for stream, reader in readers.items()}
        while waiting := {stream: head for stream, head in heads.items() if head is not None}:
            stream = min(waiting, key=lambda name: (waiting[name].at, name))
            yield waiting[stream]
            heads[stream] = await anext(readers[stream], None)


@dataclass(slots=True)
class _Places:
    """How far each stream is read; a cursor names them for one question only."""

    asked: told.SearchSaid
    next: dict[str, int]

    @classmethod
    def read(cls, asked: told.SearchSaid, streams: Sequence[str]) -> "_Places":
        wanted = [one for one in streams if _keeps(one, asked.type)]
        places = cls(asked, dict.fromkeys(wanted, 0))
        if asked.cursor is not None:
            mark, *numbers = asked.cursor.split(".")
            if mark != places._mark or len(numbers) != len(wanted):
                raise BadCursor("Pass `next_cursor` unchanged and with the same filters, or none.")
            places.next = {
                stream: int(number) if number.isdecimal() else 0
                for stream, number in zip(wanted, numbers, strict=True)
            }
        return places

    @property
    def cursor(self) -> str:
        return ".".join([self._mark, *map(str, self.next.values())])

    @property
    def _mark(self) -> str:
        """Tell this question from others; how much is shown of it at once is not part of it."""
        question = self.asked.model_dump_json(exclude={"cursor", "limit", "follow"})
        told_apart = f"{question} {','.join(self.next)}"
        return blake2b(told_apart.encode(), digest_size=8).hexdigest()

    def starts(self) -> Mapping[str, Start]:
        return {
            stream: Start(place) if place else Start(at=self.asked.since)
            for stream, place in self.next.items()
        }

    def pass_by(self, one: Stored) -> None:
        self.next[one.stream] = one.sequence + 1


def kept() -> list[str]:
    """Name the streams of all events and commands that anybody says."""
    return sorted({word.stream for manifest in manifests().values() for word in manifest.says})


def _keeps(stream: str, type_: str | None) -> bool:
    """Tell whether a stream may hold such a type; one with a star in it may lie anywhere."""
    try:
        return type_ is None or Subject.parse(type_).stream == stream
    except BadSubject:
        return True


def _subject(asked: told.SearchSaid) -> str:
    return ">" if asked.type is None or "*" in asked.type else asked.type


def _fits(one: Stored, asked: told.SearchSaid) -> bool:
    wanted = {
        "ce-id": asked.id,
        "ce-partitionkey": asked.about,
        "ce-correlationid": asked.correlation_id,
        "ce-actor": asked.actor_id,
    }
    return (asked.type is None or fnmatchcase(one.address, asked.type)) and all(
        not value or one.headers.get(name) == str(value) for name, value in wanted.items()
    )


def _shown(one: Stored) -> told.SaidMessage:
    return told.SaidMessage(
        id=one.headers.get("ce-id", ""),
        type=one.address,
        time=one.at,
        key=one.headers.get("ce-partitionkey", ""),
        correlation_id=one.headers.get("ce-correlationid"),
        causation_id=one.headers.get("ce-causationid"),
        actor_id=one.headers.get("ce-actor"),
        stream=one.stream,
        sequence=one.sequence,
        headers=one.headers,
        data=readable(one.body) if len(one.body) <= BYTES else None,
    )
