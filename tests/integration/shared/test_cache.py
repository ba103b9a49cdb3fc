"""A cache on a real broker: shared by all, for a while, and nobody depends on it."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import pytest

from shared import metrics
from shared.bus import Address, Bus
from shared.cache import Cache
from shared.manifest import Manifest, manifest_of
from shared.provision import broker, streams
from tests import servers
from tests.waiting import until_found

BUCKET = "query-vectors"
SEARCH: Manifest = manifest_of("search")
PLAN = streams.plan([SEARCH], streams.Sizes(stream_bytes=8 * 1024 * 1024))


@dataclass
class Town:
    """A broker, its administrator, and two processes of one service."""

    server: servers.Nats
    admin: Bus
    first: Bus
    second: Bus

    async def lose_the_bucket(self) -> None:
        await self.admin.jetstream.delete_stream(f"KV_{BUCKET}")

    async def provision(self) -> None:
        await streams.apply(self.admin.jetstream, PLAN)


@pytest.fixture
async def town(server_directory: Path) -> AsyncGenerator[Town]:
    passwords = {broker.ADMIN: "admin", "search": "search"}
    with servers.nats(server_directory, accounts=broker.users([SEARCH], passwords)) as server:
        async with AsyncExitStack() as stack:
            buses = []
            for user in (broker.ADMIN, "search", "search"):
                bus = Bus(user, Address(server.url, user, passwords[user]))
                await bus.connect()
                stack.push_async_callback(bus.stop)
                buses.append(bus)
            town = Town(server, *buses)
            await town.provision()
            yield town


def looks(outcome: str) -> float:
    """Count looks by what is told in metrics."""
    line = f'mesh_cache_lookups_total{{cache="{BUCKET}",outcome="{outcome}"}}'
    told = metrics.exposition().decode().splitlines()
    return sum(float(one.rsplit(" ", 1)[1]) for one in told if one.startswith(line))


class TestCache:
    async def test_what_one_process_puts_there_another_finds(self, town: Town) -> None:
        one, other = Cache(town.first, BUCKET), Cache(town.second, BUCKET)
        misses, hits = looks("miss"), looks("hit")

        before = await other.get("a", "b")
        await one.put(b"\x00vector", "a", "b")

        assert before is None
        assert await other.get("a", "b") == b"\x00vector"
        assert await other.get("b", "a") is None
        assert await other.get("ab") is None
        assert (looks("miss") - misses, looks("hit") - hits) == (3, 1)

    async def test_it_is_still_there_after_the_broker_was_killed(self, town: Town) -> None:
        cache = Cache(town.first, BUCKET, rest=0.2)
        await cache.put(b"x", "kept")
        town.server.held.kill()
        town.server.held.start()

        async def is_found() -> bool:
            return await cache.get("kept") == b"x"

        await until_found(is_found)

    async def test_it_stays_for_a_while_and_has_bounds(self, town: Town) -> None:
        info = await town.admin.jetstream.stream_info(f"KV_{BUCKET}")

        assert info.config.max_age == streams.CACHED.total_seconds()
        assert info.config.max_bytes == streams.CACHE_BYTES

    async def test_nobody_learns_from_it_what_was_looked_for(self, town: Town) -> None:
        await Cache(town.first, BUCKET).put(b"x", "model", "what somebody typed")

        bucket = await town.admin.jetstream.key_value(BUCKET)
        (key,) = await bucket.keys()
        assert "somebody" not in key

    async def test_while_the_bucket_is_lost_there_is_nothing_and_it_heals_by_itself(
        self, town: Town
    ) -> None:
        cache = Cache(town.first, BUCKET, rest=0.2)
        await cache.put(b"x", "kept")
        await town.lose_the_bucket()

        started, away = perf_counter(), looks("away")
        for _ in range(50):
            assert await cache.get("kept") is None
            await cache.put(b"x", "kept")
        took = perf_counter() - started

        assert took < 50 * 0.25
        assert cache.policy.state == "opened"
        assert looks("away") > away

        await town.provision()

        async def is_there() -> bool:
            await cache.put(b"x", "kept")
            return await cache.get("kept") == b"x"

        await until_found(is_there)
        assert cache.policy.state == "closed"
