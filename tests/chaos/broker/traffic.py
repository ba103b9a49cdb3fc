"""What goes over the cluster while it is mistreated: the lab says, both ears hear."""

import asyncio
import time
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from prometheus_client import REGISTRY

from shared.provision import broker
from tests.chaos.broker.nodes import DURABLE, STREAM
from tests.integration.shared.hearing import happened
from tests.integration.shared.lab import Ear, Happened, Lab
from tests.waiting import until, until_answered, until_found

AT_ONCE = 20
"""Messages in one transaction of the lab's."""
NEAR = 200
"""Messages without effect that are no reason to wait, even for who measures how work goes on."""
FAR = 2_000
"""Messages without effect at which the lab waits, as services do, only sooner."""
BACK_WITHIN = 120.0
QUIET_WITHIN = 1_800.0
HANDLED = "mesh_messages_handled_total"


@dataclass(slots=True)
class Traffic:
    """Two replicas of each service in this process, and what was said by way of them."""

    lab: Lab
    said: list[UUID] = field(default_factory=list)
    behind: int = FAR
    """At how many messages without effect the lab waits just now."""
    _looks: dict[str, asyncpg.Pool] = field(default_factory=dict)
    _stopped: bool = False

    async def start(self) -> None:
        """Start the relays and the ears, of which one hears one by one and one in batches."""
        for name in ("lab", "ear"):
            url = self.lab.database_url(name).replace("+asyncpg", "")
            self._looks[name] = await self.lab.stack.enter_async_context(
                asyncpg.create_pool(url, min_size=1, max_size=3)
            )
        for together in (True, False):
            sender = await self.lab.bus("lab")
            await sender.start()
            await self.lab.relay(sender)
            ear = await self.lab.bus("ear")
            ear.on(Happened, Ear(await self.lab.database("ear")).hear, together=together)
            await ear.start()

    async def flow(self, pace: float) -> None:
        """Say so many messages a second until told to stop, or as many as are carried."""
        while not self._stopped:
            began = time.monotonic()
            await self._say(AT_ONCE)
            await until(self._is_near, within=BACK_WITHIN)
            await asyncio.sleep(max(0.0, AT_ONCE / pace - (time.monotonic() - began)))

    async def until_near(self) -> None:
        """Wait until little waits, and keep it so: what is said next is measured."""
        self.behind = NEAR
        await until(self._is_near, within=BACK_WITHIN)

    def stop(self) -> None:
        """Say nothing more."""
        self._stopped = True

    async def until_back(self, within: float = BACK_WITHIN) -> float:
        """Say one thing more, and tell after how many seconds its effect was there."""
        began = time.monotonic()
        (probe,) = await self._say(1)

        async def heard() -> bool:
            statement = "SELECT 1 FROM effects WHERE thing_id = $1"
            return await self._looks["ear"].fetchval(statement, probe) is not None

        await until_found(heard, within)
        return time.monotonic() - began

    async def say_again(self) -> None:
        """Have the relay publish all that it ever published, as when acknowledgements were lost."""
        await self._looks["lab"].execute("UPDATE outbox SET published_at = NULL")

    async def messages(self) -> list[UUID]:
        """Tell the ids of all messages that were said."""
        rows = await self._looks["lab"].fetch("SELECT message_id FROM outbox")
        return [row["message_id"] for row in rows]

    async def effects(self) -> list[UUID]:
        """Tell what had an effect, as often as it had one."""
        rows = await self._looks["ear"].fetch("SELECT thing_id FROM effects")
        return [row["thing_id"] for row in rows]

    async def until_quiet(self, within: float = QUIET_WITHIN) -> None:
        """Wait until nothing waits: not in the outbox, not at the ears' place, not in a hand."""
        jetstream = (await self.lab.connect(broker.ADMIN)).jetstream(timeout=10)

        async def quiet() -> bool:
            if await self._waiting():
                return False
            place = await until_answered(lambda: jetstream.consumer_info(STREAM, DURABLE))
            return not place.num_pending and not place.num_ack_pending

        await until_found(quiet, within)

    async def _say(self, count: int) -> list[UUID]:
        messages = [happened() for _ in range(count)]
        await self.lab.say(*messages)
        self.said += [message.thing_id for message in messages]
        return [message.thing_id for message in messages]

    def _is_near(self) -> bool:
        """Count what was done in this process: to ask the database each time is what it costs."""
        done = REGISTRY.get_sample_value(HANDLED, {"durable": DURABLE, "outcome": "done"}) or 0
        return len(self.said) - done < self.behind

    async def _waiting(self) -> int:
        statement = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        return int(await self._looks["lab"].fetchval(statement))
