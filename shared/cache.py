"""What is quicker to look up than to make again, in a bucket of the broker that replicas share.

Cache-aside: who finds nothing makes it, and puts it there for the next one. Nothing depends on what
lies there: it goes after a while, with the broker, or when there is no room; and while the bucket
is away, whoever looks is told at once that there is nothing.
"""

from hashlib import sha256
from typing import Final, Protocol

from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from prometheus_client import Counter

from shared.resilience import REST, Effort, Policy

WITHIN: Final = 0.25
"""Seconds; to wait longer for a shortcut would be a detour."""
LOOKUPS: Final = Counter(
    "mesh_cache_lookups_total", "Looks into a cache: hit, miss, or away", ["cache", "outcome"]
)


class Broker(Protocol):
    """The one thing we need of the bus."""

    @property
    def jetstream(self) -> JetStreamContext: ...


class Cache:
    """One bucket, which the service's manifest names among its `caches`."""

    def __init__(self, broker: Broker, bucket: str, *, rest: float = REST) -> None:
        self.policy = Policy(f"cache-{bucket}", Effort(within=WITHIN), rest=rest)
        self._broker = broker
        self._name = bucket
        self._bucket: KeyValue | None = None

    async def get(self, *about: str) -> bytes | None:
        """Look up what was put for just these words; None if nothing was, or nobody can tell."""
        away: tuple[str, bytes | None] = ("away", None)
        outcome, found = await self.policy.run_or(lambda: self._look(_key(about)), away)
        LOOKUPS.labels(self._name, outcome).inc()
        return found

    async def put(self, value: bytes, *about: str) -> None:
        """Keep something for whoever looks for the same words, if there is a place for it."""
        await self.policy.run_or(lambda: self._keep(_key(about), value), None)

    async def _look(self, key: str) -> tuple[str, bytes | None]:
        try:
            entry = await (await self._open()).get(key)
        except KeyNotFoundError:
            return "miss", None
        return "hit", entry.value

    async def _keep(self, key: str, value: bytes) -> None:
        await (await self._open()).put(key, value)

    async def _open(self) -> KeyValue:
        if self._bucket is None:
            self._bucket = await self._broker.jetstream.key_value(self._name)
        return self._bucket


def _key(about: tuple[str, ...]) -> str:
    """Hash the words: somebody may have typed them, and keys are shown to operators."""
    return sha256("\0".join(about).encode()).hexdigest()
