"""The three nodes as a fault sees them: who leads what, who is well, and how they end."""

import signal
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import httpx
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from deploy.local.program import Child
from tests.chaos.rig import send
from tests.servers import Cluster, Held
from tests.waiting import until_found

STREAM: Final = "EVT_LAB"
DURABLE: Final = "ear-lab-happened-v1"
WELL_WITHIN: Final = 120.0
_LOOK: Final = 2.0


class Leader(StrEnum):
    """What a node leads when it is hit."""

    STREAM = "the stream"
    CONSUMER = "the consumer"
    META = "the cluster"


class Nodes:
    """A cluster, looked at by its administrator."""

    def __init__(
        self, cluster: Cluster, jetstream: JetStreamContext, http: httpx.AsyncClient
    ) -> None:
        self._cluster = cluster
        self._jetstream = jetstream
        self._http = http

    @property
    def names(self) -> list[str]:
        """All three."""
        return [server.name for server in self._cluster.servers]

    async def leading(self, what: Leader) -> str:
        """Find out who leads; waits while an election is on."""
        found = ""

        async def known() -> bool:
            nonlocal found
            found = await self._leader(what)
            return found in self.names

        await until_found(known, WELL_WITHIN)
        return found

    def kill(self, name: str) -> None:
        """End it as `kill -9` does."""
        self._held(name).kill()

    def freeze(self, name: str) -> None:
        """Stop it in the middle of whatever it does; its connections stay open."""
        send(self._held(name).child.pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let it go on, with what it believes."""
        send(self._held(name).child.pid, signal.SIGCONT)

    def revive(self, name: str) -> None:
        """Start it again where it was, and do not wait for it."""
        held = self._held(name)
        held.server.prepare()
        held.child = Child(held.server.program(), held.log)

    async def until_well(self) -> None:
        """Wait until each node holds all that it should, and all copies are current."""
        await until_found(self._are_well, WELL_WITHIN)

    async def until_known(self, window: float) -> None:
        """Wait until each node by itself knows for how many seconds a repeat is to be known."""

        async def known() -> bool:
            found = [await self._detail(server.monitor_url) for server in self._cluster.servers]
            return all(one["config"]["duplicate_window"] == window * 1e9 for one in found)

        await until_found(known, WELL_WITHIN)

    async def kept(self) -> dict[str, Mapping[str, Any]]:
        """What each node by itself says that it keeps of the stream."""
        return {
            server.name: await self._state(server.monitor_url) for server in self._cluster.servers
        }

    def _held(self, name: str) -> Held:
        return next(node for node in self._cluster.nodes if node.server.name == name)

    async def _leader(self, what: Leader) -> str:
        try:
            match what:
                case Leader.STREAM:
                    info = await self._jetstream.stream_info(STREAM)
                    return str(info.cluster.leader if info.cluster else "")
                case Leader.CONSUMER:
                    place = await self._jetstream.consumer_info(STREAM, DURABLE)
                    return str(place.cluster.leader if place.cluster else "")
                case Leader.META:
                    found = await self._asked(self._cluster.servers[0].monitor_url, "jsz", {})
                    return str(found.get("meta_cluster", {}).get("leader", ""))
        except (httpx.HTTPError, NatsError, TimeoutError):
            return ""

    async def _are_well(self) -> bool:
        try:
            for server in self._cluster.servers:
                await self._asked(server.monitor_url, "healthz", {})
            info = await self._jetstream.stream_info(STREAM)
            place = await self._jetstream.consumer_info(STREAM, DURABLE)
        except (httpx.HTTPError, NatsError, TimeoutError):
            return False
        groups = [one.cluster for one in (info, place) if one.cluster]
        followers = [peer for group in groups for peer in group.replicas or []]
        return len(followers) == 4 and all(peer.current for peer in followers)

    async def _state(self, monitor_url: str) -> Mapping[str, Any]:
        state = (await self._detail(monitor_url))["state"]
        return {key: state[key] for key in ("messages", "first_seq", "last_seq", "bytes")}

    async def _detail(self, monitor_url: str) -> dict[str, Any]:
        """What one node says of its own copy of the stream: how it is set up and what is there."""
        wanted = {"streams": "true", "accounts": "true", "config": "true"}
        found = await self._asked(monitor_url, "jsz", wanted)
        account = found["account_details"][0]["stream_detail"]
        return next(dict(stream) for stream in account if stream["name"] == STREAM)

    async def _asked(self, url: str, path: str, options: dict[str, str]) -> dict[str, Any]:
        answer = await self._http.get(f"{url}/{path}", params=options, timeout=_LOOK)
        return dict(answer.raise_for_status().json())
