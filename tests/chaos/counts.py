"""What the broker counts of streams and listeners, read in one look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx


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

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Understand what the broker's monitoring says."""
        streams = [
            stream
            for account in told.get("account_details") or ()
            for stream in account.get("stream_detail") or ()
        ]
        return cls(
            {one["name"]: one["state"]["last_seq"] for one in streams},
            {place.durable: place for stream in streams for place in _places(stream)},
        )

    @property
    def events(self) -> int:
        """Messages in the streams of the mesh: events, commands, frames."""
        return sum(n for name, n in self.stored.items() if not name.startswith(("KV_", "DEAD")))

    def of(self, services: Iterable[str]) -> list[Place]:
        """Give the places of some services."""
        wanted = set(services)
        return [place for place in self.places.values() if place.service in wanted]


@dataclass(frozen=True, slots=True)
class Counter:
    """Where to look."""

    http: httpx.AsyncClient
    address: str

    async def look(self) -> Counts | None:
        """Look; none while the broker does not answer."""
        try:
            answer = await self.http.get(f"{self.address}/jsz", params={"consumers": "true"})
            counts = Counts.read(answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError):
            return None
        return counts if counts.places else None


def _places(stream: Mapping[str, Any]) -> Iterable[Place]:
    for one in stream.get("consumer_detail") or ():
        if one["name"].startswith(("to-", *_SERVICES)):
            yield Place(
                stream=stream["name"],
                durable=one["name"],
                deliveries=one["delivered"]["consumer_seq"],
                reached=one["delivered"]["stream_seq"],
                done_to=one["ack_floor"]["stream_seq"],
                unacked=one["num_ack_pending"],
                pending=one["num_pending"],
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
