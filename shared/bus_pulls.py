"""Pulls messages for a listener as long as there is room in its hands.

A request for more stays with the broker for a minute and is renewed long before it is used up, so
that an idle listener costs next to nothing and a busy one one request for many messages. That the
broker still knows of it, its heartbeats tell. FastStream and nats-py's own fetch ask twice for a
lone message, and every five seconds when there is none.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

EXPIRES: Final = 60.0
"""Seconds for which the broker keeps a request."""
HEARTBEAT: Final = 3.0
SILENCE: Final = 7.0
"""Seconds without a heartbeat until the broker is taken to have forgotten the request."""
PAUSE: Final = 1.0
"""Seconds until the broker is asked again after it refused, as while it has no leader."""
GOODBYE: Final = 2.0
"""Seconds to give back what the broker has sent and nobody has begun."""

_NANO: Final = 1_000_000_000
_HEARTBEAT: Final = "100"
_USED_UP: Final = frozenset({"404", "408"})

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Pull:
    """One listener's place; at most `most` messages are in its hands or on their way."""

    connection: Client
    stream: str
    durable: str
    most: int
    deliver: Callable[[Msg], Awaitable[None]]
    _inbox: str = ""
    _subscription: Subscription | None = None
    _asked: int = 0
    """How many more the broker was asked for and may still send."""
    _heard: float = 0.0
    """When the broker last gave a sign of life."""
    _in_hand: set["asyncio.Task[None]"] = field(default_factory=set)
    _stopping: bool = False

    async def start(self) -> None:
        """Begin to pull, at the place that was provisioned."""
        self._inbox = self.connection.new_inbox()
        self._subscription = await self.connection.subscribe(self._inbox, cb=self._take)
        await self._ask()

    async def stop(self) -> None:
        """Take nothing more, give back what is on its way, and wait for what is in hand."""
        self._stopping = True
        if self._subscription is not None:
            try:
                async with asyncio.timeout(GOODBYE):
                    await self._subscription.drain()  # type: ignore[no-untyped-call]
            except (nats.errors.Error, TimeoutError) as gone:  # then it comes to others later
                log.info("not drained", durable=self.durable, reason=repr(gone))
        if self._in_hand:
            await asyncio.wait(self._in_hand)

    async def look(self) -> None:
        """Ask again if the broker has been silent, as after it was away or has another leader."""
        now = asyncio.get_running_loop().time()
        if self._asked and now - self._heard > SILENCE:
            self._asked = 0
        await self._ask()

    async def ask_anew(self) -> None:
        """Ask again, because nobody knows any more of what was asked before."""
        self._asked = 0
        await self._ask()

    async def _take(self, message: Msg) -> None:
        self._heard = asyncio.get_running_loop().time()
        status = message.headers.get("Status") if message.headers and not message.data else None
        if status is not None:
            await self._told(status, message)
        elif self._stopping:
            await message.nak()
        else:
            self._asked = max(0, self._asked - 1)
            task = asyncio.create_task(self._work(message), name=self.durable)
            self._in_hand.add(task)

    async def _work(self, message: Msg) -> None:
        try:
            await self.deliver(message)
        except nats.errors.Error as unheard:  # it comes again, and its effect is known
            log.warning("not settled", durable=self.durable, reason=repr(unheard))
        finally:
            self._in_hand.discard(asyncio.current_task())
        await self._ask()

    async def _told(self, status: str, message: Msg) -> None:
        """Hear that a request is over, in part or in whole."""
        if status == _HEARTBEAT:
            return
        left = (message.headers or {}).get("Nats-Pending-Messages", "")
        self._asked = max(0, self._asked - int(left)) if left.isdecimal() else 0
        if status not in _USED_UP and not self._stopping:
            log.warning("not pulled", durable=self.durable, status=status)
            await asyncio.sleep(PAUSE)
        await self._ask()

    async def _ask(self) -> None:
        """Ask for as many as there is room for, when that is worth a request."""
        room = self.most - len(self._in_hand) - self._asked
        enough_on_their_way = self._asked and room <= self.most // 2
        if self._stopping or enough_on_their_way or room < max(1, self.most // 4):
            return
        if not self.connection.is_connected:
            return
        self._asked += room
        self._heard = asyncio.get_running_loop().time()
        asked = {
            "batch": room,
            "expires": int(EXPIRES * _NANO),
            "idle_heartbeat": int(HEARTBEAT * _NANO),
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self.stream}.{self.durable}"
        try:
            await self.connection.publish(subject, json.dumps(asked).encode(), self._inbox)
        except nats.errors.Error as unasked:
            log.info("not asked", durable=self.durable, reason=repr(unasked))
            self._asked = 0
