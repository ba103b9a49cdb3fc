"""The two sides of the ledger, laid beside each other: every account by id."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.chaos import rows
from tests.chaos.effects import Effects, Told
from tests.chaos.ledger import Account
from tests.chaos.rig import Rig
from tests.chaos.wishes import Answer, Kind, Wishes

EVENTS: Final = {
    Kind.REGISTER: ("evt.identity.user-registered.v1",),
    Kind.UPLOAD: (
        "evt.document.uploaded.v1",
        "evt.storage.object-stored.v1",
        "evt.document.processed.v1",
        "evt.search.document-indexed.v1",
        "evt.document.ready.v1",
    ),
    Kind.EDIT: ("evt.document.edited.v1",),
    Kind.DELETE: ("evt.document.deleted.v1", "evt.search.document-forgotten.v1"),
    Kind.QUIZ: ("evt.quiz.generation-started.v1", "evt.quiz.generated.v1"),
    Kind.FINISH: ("evt.quiz.attempt-finished.v1",),
}
"""What each wish causes exactly once; an edit that was sent twice may be one twice."""
FRAMES: Final = {
    Kind.UPLOAD: ("document.uploaded", "document.ready"),
    Kind.DELETE: ("document.deleted",),
}


@dataclass(frozen=True, slots=True)
class Balance:
    """Lays wishes and effects beside each other."""

    rig: Rig
    wishes: Wishes
    effects: Effects

    async def accounts(self) -> list[Account[str]]:
        """Draw up every account."""
        return [
            *self._stored(),
            *self._copied(),
            *self._heard(),
            *self._caused(),
            *await rows.accounts(self.rig, self.wishes),
        ]

    def _stored(self) -> Iterator[Account[str]]:
        """Every published row is in its stream, once; and nothing else is."""
        for service, boxes in self.effects.boxes.items():
            kept = ("evt.", "push.")
            said = {
                row.id for row in boxes.outbox if row.address.startswith(kept) and row.published
            }
            found = [
                one.id
                for one in self.effects.told
                if one.source.rpartition("/")[2] == service and one.subject.startswith(kept)
            ]
            yield Account(f"stored: {service}", said, found)

    def _copied(self) -> Iterator[Account[str]]:
        """Each node has by itself what the stream has, once."""
        for (stream, node), copy in self.effects.copies.items():
            said = {one.id for one in self.effects.told if one.stream == stream}
            yield Account(f"copy: {stream}, {node}", said, copy)

    def _heard(self) -> Iterator[Account[str]]:
        """Every message was handled by everyone who listens to it, once."""
        said: dict[str, set[str]] = {}
        for boxes in self.effects.boxes.values():
            for row in boxes.outbox:
                said.setdefault(row.address, set()).add(row.id)
        for service, boxes in self.effects.boxes.items():
            for durable, subject in self.rig.mesh.manifests[service].durables.items():
                handled = [message for place, message in boxes.inbox if place == durable]
                yield Account(f"heard: {durable}", said.get(str(subject), set()), handled)

    def _caused(self) -> Iterator[Account[str]]:
        """What each wish has to cause, found by the id that everything it causes carries."""
        for kind, subjects in EVENTS.items():
            for subject in subjects:
                yield self._by_wish(subject, kind, self.effects.at(subject))
        for kind, names in FRAMES.items():
            for name in names:
                yield self._by_wish(f"frame {name}", kind, self.effects.frames(name))

    def _by_wish(self, name: str, kind: Kind, found: Iterable[Told]) -> Account[str]:
        others = {str(one.id) for one in self.wishes.all if one.kind is not kind}
        tries = {str(one.id): one.tries for one in self.wishes.of(kind)}
        times = Counter(one.correlation for one in found if one.correlation not in others)
        once = [
            one
            for one, count in times.items()
            for _ in range(1 if kind is Kind.EDIT and count <= tries.get(one, 0) else count)
        ]
        done, unsure = self._split(kind, frames=name.startswith("frame"))
        return Account(name, done, once, unsure)

    def _split(self, kind: Kind, *, frames: bool) -> tuple[set[str], set[str]]:
        """Part those that must have their effects from those that may.

        Of a document that was deleted in time, nobody is told that it had been ready.
        """
        every = {str(one.id) for one in self.wishes.of(kind)}
        done = {
            str(one.id)
            for one in self.wishes.of(kind, Answer.YES)
            if not (frames and one.made in self.wishes.about(Kind.DELETE))
        }
        return done, every - done
