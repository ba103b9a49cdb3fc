"""The stream `DEAD`, heard at a place of its own: each death is acked once it is kept."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Final

import nats.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError

from contracts.catalogue import manifests
from services.operations.model import Death, Failure
from shared import logs
from shared.bus import Bus
from shared.dead_letters import DEAD
from shared.legible import LONGEST, is_name, number, plain
from shared.problems import Away

PLACE: Final = "operations-dead"
_BATCH: Final = 64
_POLL: Final = 5.0
_PAUSE: Final = 1.0
_UNKEPT: Final = 60.0
_LOST: Final = (nats.errors.Error, JetStreamError, TimeoutError, Away)

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Deaths:
    """Hears of every death, in no particular order and perhaps twice."""

    bus: Bus
    bury: Callable[[Death], Awaitable[None]]
    draining: asyncio.Event

    async def run(self) -> None:
        """Hear until we go; a broker or database that is away is waited for.

        On a closed connection nats-py turns a cancellation into an error, so it alone ends nothing.
        """
        while not self.draining.is_set():
            try:
                await self._hear()
            except _LOST as lost:
                log.info("hearing of deaths again", reason=repr(lost))
                await asyncio.sleep(_PAUSE)

    async def _hear(self) -> None:
        place = await self.bus.jetstream.pull_subscribe_bind(durable=PLACE, stream=DEAD)
        told_to_go = asyncio.create_task(self.draining.wait())
        try:
            while not told_to_go.done():
                for raw in await _fetched(place, told_to_go):
                    await self._keep(raw)
        finally:
            told_to_go.cancel()
            # Before the connection is drained: that would wait for ever for what nats-py counts as
            # unread here, as a word of the broker that came after a fetch. An error of its own
            # would swallow a cancellation.
            with contextlib.suppress(*_LOST):
                await place.unsubscribe()

    async def _keep(self, raw: Msg) -> None:
        """Keep one; what cannot be kept waits where it is, and holds up no other."""
        try:
            await self.bury(death_of(raw))
        except Away:
            raise
        except Exception:
            log.exception("a death is not kept", place=raw.metadata.sequence.stream)
            await raw.nak(delay=_UNKEPT)
        else:
            await raw.ack()


async def _fetched(
    place: JetStreamContext.PullSubscription, told_to_go: "asyncio.Task[bool]"
) -> list[Msg]:
    """Give what there is, soon or after a while; nothing when we are told to go meanwhile."""
    fetch = asyncio.create_task(place.fetch(_BATCH, timeout=_POLL))
    try:
        await asyncio.wait({fetch, told_to_go}, return_when=asyncio.FIRST_COMPLETED)
        return await fetch if fetch.done() else []
    except (nats.errors.TimeoutError, TimeoutError):
        return []
    finally:
        fetch.cancel()


def death_of(raw: Msg) -> Death:
    """Understand what a listener kept aside, however broken it is."""
    all_headers = {name: plain(value) for name, value in (raw.headers or {}).items()}
    headers = {name: value for name, value in all_headers.items() if _original(name)}
    if not is_name((raw.headers or {}).get("ce-id", "")):
        del headers["ce-id"]
    durable = raw.subject.removeprefix("dead.")
    return Death(
        durable=durable,
        service=service_of(durable),
        message_id=headers.get("ce-id") or sha256(raw.data).hexdigest(),
        generation=number(headers.get("mesh-generation", "")),
        type=headers.get("ce-type", "")[:LONGEST],
        key=headers.get("ce-partitionkey", "")[:LONGEST],
        correlation=headers.get("ce-correlationid", "")[:LONGEST],
        headers=headers,
        body=raw.data,
        failure=_failure(all_headers),
        at=raw.metadata.timestamp.astimezone(UTC),
        said=_said(all_headers),
    )


def service_of(durable: str) -> str:
    """Tell whose place it is: a service's name may itself hold a dash."""
    known = [name for name in manifests() if durable.startswith(f"{name}-")]
    return max(known, key=len, default=durable.partition("-")[0])


def _original(name: str) -> bool:
    return not name.lower().startswith(("dead-", "nats-"))


def _failure(headers: dict[str, str]) -> Failure:
    code = headers.get("dead-code", "unknown")
    return Failure(
        code=code,
        detail=headers.get("dead-detail", ""),
        pointer=headers.get("dead-pointer", ""),
        fingerprint=headers.get("dead-fingerprint", code),
        kind=headers.get("dead-class", "handler"),
        attempts=number(headers.get("dead-attempts", "")),
    )


def _said(headers: dict[str, str]) -> int | None:
    return number(headers["dead-said"]) if "dead-said" in headers else None
