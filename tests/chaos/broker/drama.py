"""Kills one leader after the other under traffic, and keeps the books of what came of it."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from shared.provision import broker
from shared.provision.streams import Sizes
from tests import servers
from tests.chaos.broker.copies import copy_of
from tests.chaos.broker.nodes import STREAM, Leader, Nodes
from tests.chaos.broker.traffic import BACK_WITHIN, FAR, QUIET_WITHIN, Traffic
from tests.chaos.ledger import Account
from tests.integration.shared.lab import MANIFESTS, PASSWORDS, Lab
from tests.servers import Postgres
from tests.waiting import until, until_answered

SIZES = Sizes(stream_bytes=1024**3, replicas=3)
SAID_WITHIN = 600.0
AMONG_REPEATS = "killed among repeats"
"""What is said after that waits until all repeats are known as such: no measure of coming back."""
SHORT_WINDOW = 1.0
"""Seconds for which a repeat is known, once the half hour is to be over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to happen."""

    seed: int
    kills: int
    messages: int
    pace: float
    freezes: int = 0
    """Leaders that are stopped for a while instead, and then go on with what they believed."""
    frozen: float = 15.0

    @property
    def freezing(self) -> range:
        """Which hits are freezes: spread evenly among the kills, after each the next one."""
        every = self.kills // self.freezes + 1 if self.freezes else 1
        return range(every, every * self.freezes + 1, every)


@dataclass(frozen=True, slots=True)
class Hit:
    """One leader that fell."""

    number: int
    at: float
    leader: Leader
    node: str
    how: str
    back: float
    """Seconds from then until something said afterwards had its effect."""
    well: float
    """Seconds from then until all three held everything again."""


Tell = Callable[[Hit, int], None]
"""Gets every hit when it is over, and how much was said until then."""


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    plan: Plan
    hits: list[Hit] = field(default_factory=list)
    accounts: list[Account[UUID]] = field(default_factory=list)
    kept: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What each node says it keeps of the stream."""
    said: int = 0
    after_all_fell: int = 0
    """How many messages there were after all three were killed at once."""
    stored_again: int = 0
    seconds: float = 0.0

    @property
    def repeated(self) -> bool:
        """Whether nearly all was stored again, so that the inbox was asked; the rest was known."""
        return self.stored_again >= 0.9 * self.said

    @property
    def agree(self) -> bool:
        """Whether all nodes were looked at and keep the same."""
        return len({tuple(state.items()) for state in self.kept.values()}) == 1


@dataclass(slots=True)
class Drama:
    """One cluster, one lab, one plan."""

    plan: Plan
    nodes: Nodes
    traffic: Traffic
    outcome: Outcome
    dice: random.Random
    began: float = field(default_factory=time.monotonic)

    async def play(self, tell: Tell = lambda _hit, _said: None) -> Outcome:
        """Inside the window kill leaders and compare; beyond it repeat everything, and compare."""
        await self.nodes.until_well()
        flow = asyncio.create_task(self.traffic.flow(self.plan.pace))
        hits = self.plan.kills + self.plan.freezes
        for number in range(1, hits + 1):
            await self._hit(number)
            tell(self.outcome.hits[-1], len(self.traffic.said))
            await self._until_said(self.plan.messages * number // hits)
        self.traffic.stop()
        await flow
        await self.traffic.until_quiet()
        await self._compare("inside the window")
        await self._beyond_the_window()
        self.outcome.seconds = time.monotonic() - self.began
        return self.outcome

    async def _hit(self, number: int, how: str = "killed") -> None:
        """Bring a leader down, see work go on without it, and let it come back."""
        frozen = number in self.plan.freezing
        what = self.dice.choice(list(Leader))
        await self.traffic.until_near()
        node = await self.nodes.leading(what)
        fell = time.monotonic()
        (self.nodes.freeze if frozen else self.nodes.kill)(node)
        back = await self.traffic.until_back(QUIET_WITHIN if how == AMONG_REPEATS else BACK_WITHIN)
        if frozen:
            await asyncio.sleep(max(0.0, self.plan.frozen - (time.monotonic() - fell)))
            self.nodes.thaw(node)
        else:
            await asyncio.sleep(self.dice.uniform(0, 2))
            self.nodes.revive(node)
        await self.nodes.until_well()
        well = time.monotonic() - fell
        how = "frozen" if frozen else how
        self.outcome.hits.append(Hit(number, fell - self.began, what, node, how, back, well))

    async def _all_at_once(self) -> None:
        """Kill all three together; a shorter window counts from their next start, too."""
        for name in self.nodes.names:
            self.nodes.kill(name)
        await asyncio.sleep(SHORT_WINDOW)
        for name in self.nodes.names:
            self.nodes.revive(name)
        await self.nodes.until_well()
        # What a node takes up from its log again it knows for one window more.
        await asyncio.sleep(SHORT_WINDOW)

    async def _until_said(self, count: int) -> None:
        """Let traffic flow between two hits, so that all of it passes among them."""
        self.traffic.behind = FAR
        await until(lambda: len(self.traffic.said) >= count, SAID_WITHIN)

    async def _compare(self, when: str) -> None:
        """Read each node's own copy: three must be one."""
        messages = await self.traffic.messages()
        jetstream = (await self.traffic.lab.connect(broker.ADMIN)).jetstream(timeout=10)
        for name in self.nodes.names:
            stored = [UUID(one) for one in await copy_of(jetstream, name)]
            self.outcome.accounts.append(Account(f"stored, as {name} has it", messages, stored))
        effects = await self.traffic.effects()
        self.outcome.accounts.append(Account(f"effects, {when}", tuple(self.traffic.said), effects))
        self.outcome.kept = await self.nodes.kept()
        self.outcome.said = len(self.traffic.said)

    async def _beyond_the_window(self) -> None:
        """Publish all once more when no stream knows a repeat any more; only the inbox does."""
        administrator = await self.traffic.lab.connect(broker.ADMIN, max_reconnect_attempts=-1)
        jetstream = administrator.jetstream(timeout=10)
        config = (await until_answered(lambda: jetstream.stream_info(STREAM))).config
        short = config.evolve(duplicate_window=SHORT_WINDOW)
        await until_answered(lambda: jetstream.update_stream(short))
        await self.nodes.until_known(SHORT_WINDOW)
        await self._all_at_once()
        before = (await until_answered(lambda: jetstream.stream_info(STREAM))).state.messages
        self.outcome.after_all_fell = before
        await self.traffic.say_again()
        await self._hit(self.plan.kills + self.plan.freezes + 1, AMONG_REPEATS)
        await self.traffic.until_quiet()
        after = (await until_answered(lambda: jetstream.stream_info(STREAM))).state.messages
        self.outcome.stored_again = after - before
        effects = await self.traffic.effects()
        self.outcome.accounts.append(
            Account("effects, beyond the window", tuple(self.traffic.said), effects)
        )


@asynccontextmanager
async def drama(plan: Plan, directory: Path, postgres: Postgres) -> AsyncGenerator[Drama]:
    """Set the stage: a cluster of three, the lab on it, traffic about to flow."""
    users = broker.users(MANIFESTS.values(), PASSWORDS)
    admin_url = postgres.admin_url.replace("+asyncpg", "")
    with servers.cluster(directory, accounts=users) as cluster:
        async with AsyncExitStack() as stack:
            lab = Lab(cluster, admin_url, stack, sizes=SIZES)
            await lab.prepare()
            looking = await lab.connect(broker.ADMIN, max_reconnect_attempts=-1)
            http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
            traffic = Traffic(lab)
            await traffic.start()
            nodes = Nodes(cluster, looking.jetstream(timeout=3), http)
            dice = random.Random(plan.seed)  # noqa: S311  # repeatable, and no secret
            yield Drama(plan, nodes, traffic, Outcome(plan), dice)
