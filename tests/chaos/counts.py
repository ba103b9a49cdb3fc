"""What the broker counts of streams and listeners, read in one look."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import httpx

ALONE: Final = "nats"
"""How a broker is called that is no node of several."""
CLUSTER: Final = "the cluster"
_LOOK: Final = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """How far one listener has come."""

    stream: str
    durable: str
    deliveries: int
    """How often anything was handed over, repetitions included."""
    reached: int
    """The place in the stream of the last that was handed over."""
    done_to: int
    """The place in the stream up to which everything is acknowledged."""
    unacked: int
    pending: int

    @property
    def service(self) -> str:
        """Whose it is."""
        return self.durable.removeprefix("to-").partition("-")[0]

    def is_beyond(self, other: "Place | None") -> bool:
        """See who of two that are believed to be leading is further."""
        return other is None or self.deliveries >= other.deliveries

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is in hand."""
        return not self.unacked and not self.pending


@dataclass(frozen=True, slots=True)
class Counts:
    """One look at everything."""

    stored: Mapping[str, int]
    """Per stream, how many messages it was ever given."""
    places: Mapping[str, Place]
    leaders: Mapping[str, str] = field(default_factory=dict)
    """Which node leads a stream, a place, or all: of several that believe so, the furthest."""

    @classmethod
    def read(cls, told: Mapping[str, Mapping[str, Any]]) -> Self | None:
        """Understand what nodes say, each of what it leads; none while something has no leader."""
        stored: dict[str, int] = {}
        places: dict[str, Place] = {}
        leaders: dict[str, str] = {}
        known: set[str] = set()
        for node, view in told.items():
            for stream in _streams(view):
                name, last = stream["name"], stream["state"]["last_seq"]
                known.add(name)
                if _leads(node, stream) and last >= stored.get(name, 0):
                    stored[name], leaders[name] = last, node
                for detail, place in _places(stream):
                    known.add(place.durable)
                    if _leads(node, detail) and place.is_beyond(places.get(place.durable)):
                        places[place.durable], leaders[place.durable] = place, node
        if not places or not known <= leaders.keys():
            return None
        leaders[CLUSTER] = _elected(told)
        return cls(stored, places, leaders)

    @property
    def events(self) -> int:
        """Messages in the streams of the mesh: events, commands, frames."""
        return sum(n for name, n in self.stored.items() if name != "DEAD")

    def of(self, services: Iterable[str]) -> list[Place]:
        """Give the places of some services."""
        wanted = set(services)
        return [place for place in self.places.values() if place.service in wanted]


@dataclass(frozen=True, slots=True)
class Counter:
    """Where to look."""

    http: httpx.AsyncClient
    addresses: Mapping[str, str]
    """Of the monitoring of each node, by its name."""

    async def look(self) -> Counts | None:
        """Look; none while the broker does not answer, or nobody leads something."""
        views = await self._asked("jsz", consumers="true")
        return Counts.read({node: view for node, view in views.items() if view})

    async def is_well(self) -> bool:
        """Ask each node whether it holds all that it should."""
        return all((await self._asked("healthz")).values())

    async def _asked(self, route: str, **options: str) -> dict[str, Mapping[str, Any]]:
        told = await asyncio.gather(
            *(self._ask(f"{address}/{route}", options) for address in self.addresses.values())
        )
        return dict(zip(self.addresses, told, strict=True))

    async def _ask(self, address: str, options: dict[str, str]) -> Mapping[str, Any]:
        try:
            answer = await self.http.get(address, params=options, timeout=_LOOK)
            told: Mapping[str, Any] = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            return {}
        return told


def _streams(view: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Give the streams that are kept like messages; buckets and caches come and go."""
    for account in view.get("account_details") or ():
        for stream in account.get("stream_detail") or ():
            if not stream["name"].startswith("KV_"):
                yield stream


def _leads(node: str, what: Mapping[str, Any]) -> bool:
    """See whether a node leads; one that stands alone names nobody, or itself by another name."""
    cluster = what.get("cluster") or {}
    return node == ALONE or cluster.get("leader") == node


def _elected(told: Mapping[str, Mapping[str, Any]]) -> str:
    """Tell whom most nodes take for the leader of all; nobody where there is only one."""
    votes = [str(view.get("meta_cluster", {}).get("leader", "")) for view in told.values()]
    return max(votes, key=votes.count)


def _places(stream: Mapping[str, Any]) -> Iterable[tuple[Mapping[str, Any], Place]]:
    for one in stream.get("consumer_detail") or ():
        if one["name"].startswith(("to-", *_SERVICES)):
            yield (
                one,
                Place(
                    stream=stream["name"],
                    durable=one["name"],
                    deliveries=one["delivered"]["consumer_seq"],
                    reached=one["delivered"]["stream_seq"],
                    done_to=one["ack_floor"]["stream_seq"],
                    unacked=one["num_ack_pending"],
                    pending=one["num_pending"],
                ),
            )


_SERVICES = (
    "document-",
    "identity-",
    "indexing-",
    "notification-",
    "operations-",
    "quiz-",
    "search-",
    "storage-",
)
