"""How often handlers were given something again, per fault: from counts taken before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.chaos.counts import Counts
from tests.chaos.effects import Told


@dataclass(frozen=True, slots=True)
class Repeats:
    """Knows every message of every stream, and so how many a listener has been given for new."""

    places: Mapping[str, list[int]]
    """Per subject, where its messages stand."""

    @classmethod
    def of(cls, told: Iterable[Told]) -> "Repeats":
        """Take it from what the streams hold at the end."""
        places: dict[str, list[int]] = {}
        for one in told:
            places.setdefault(one.subject, []).append(one.place)
        return cls(places)

    def so_far(self, counts: Counts, services: Iterable[str], subjects: Mapping[str, str]) -> int:
        """Count deliveries of some services that were not the first, up to one look."""
        total = 0
        queues: dict[str, int] = {}
        for place in counts.of(services):
            subject = subjects.get(place.durable)
            if subject is None:
                continue
            if place.stream.startswith("EVT_"):
                stood = self.places.get(subject, [])
                given = sum(one <= place.reached for one in stood)
                total += place.deliveries - given
            else:
                queues.setdefault(place.stream, 0)
                queues[place.stream] += place.deliveries + place.pending
        # What is taken from a work queue is gone: all it was ever given, less what still waits.
        return total + sum(seen - counts.stored[name] for name, seen in queues.items())
