"""Pulls whole batches for a listener that can do many at once, and hands on what is there.

FastStream's own batches wait for their time-out until they are full: a lone message would lie still
for seconds. So this is nats-py's fetch, which answers with what there is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import nats.errors
import nats.js.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext

POLL: Final = 5.0
PAUSE: Final = 1.0
"""Seconds until the broker is asked again after it refused, as while it has no leader."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Batches:
    """One listener's place, pulled from until told to stop."""

    stream: str
    durable: str
    size: int
    deliver: Callable[[Sequence[Msg]], Awaitable[None]]
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _work: "asyncio.Task[None] | None" = None

    async def start(self, jetstream: JetStreamContext, inbox: bytes) -> None:
        """Begin to pull, at the place that was provisioned."""
        pulled = await jetstream.pull_subscribe_bind(self.durable, self.stream, inbox_prefix=inbox)
        self._work = asyncio.create_task(self._pull(pulled), name=f"pull {self.durable}")

    async def stop(self) -> None:
        """Take nothing more, and wait for what is in hand."""
        self._stopping.set()
        if self._work is not None:
            await self._work

    async def _pull(self, pulled: JetStreamContext.PullSubscription) -> None:
        stopped = asyncio.create_task(self._stopping.wait())
        while not self._stopping.is_set():
            fetch = asyncio.create_task(pulled.fetch(self.size, timeout=POLL))
            await asyncio.wait({fetch, stopped}, return_when=asyncio.FIRST_COMPLETED)
            fetch.cancel()
            messages = await self._fetched(fetch)
            if messages:
                await self.deliver(messages)
        await pulled.unsubscribe()

    async def _fetched(self, fetch: "asyncio.Task[list[Msg]]") -> list[Msg]:
        """What there was; nothing when nothing came, or while the broker cannot be asked."""
        try:
            return await fetch
        except (TimeoutError, asyncio.CancelledError, nats.errors.TimeoutError):
            return []
        except (nats.errors.Error, nats.js.errors.Error) as refused:
            log.warning("not fetched", durable=self.durable, reason=repr(refused))
            await asyncio.wait({asyncio.create_task(self._stopping.wait())}, timeout=PAUSE)
            return []
