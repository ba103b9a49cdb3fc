"""Which fault comes when: drawn from a seed, every class of process as often as every other."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What is done to a process, or around it."""

    KILL = "kill"
    """SIGKILL."""
    PAUSE = "pause"
    """SIGSTOP, and after a while SIGCONT."""
    RESTART = "restart"
    """Asked to go in order, as in a rolling restart."""
    CUT = "cut"
    """Its network is gone for a while, unannounced."""
    FILL = "fill"
    """A stream takes nothing more for a while."""


BROKER: Final = "nats"
SERVERS: Final = (BROKER, "postgres", "objects")
CHILDREN: Final = "postgres-child"
SUPERVISOR: Final = "supervisor"
ALWAYS: Final = (Kind.KILL, Kind.PAUSE, Kind.RESTART)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the schedule."""

    number: int
    target: str
    """A class of process: a service, a server, PostgreSQL's children, the supervisor."""
    kind: Kind
    second: bool
    """Whether the second replica is meant, where there is one; of the broker it is who leads."""
    luck: float
    """From 0 to 1: which one of several, and how long exactly to wait before."""


def kinds(target: str, doubled: Sequence[str]) -> tuple[Kind, ...]:
    """What can happen to a class."""
    full = (Kind.FILL,) if target == BROKER else ()
    return (*ALWAYS, *full, *((Kind.CUT,) if target in doubled else ()))


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants to see of all that can happen to a mesh; by default, all of it."""

    targets: Sequence[str] = ()
    ways: Sequence[Kind] = ()
    """One that is named twice comes twice as often."""

    def of(self, target: str, fitting: Sequence[Kind]) -> Sequence[Kind]:
        """Choose from what befits a class."""
        if self.targets and target not in self.targets:
            return ()
        return [kind for kind in self.ways if kind in fitting] if self.ways else fitting


def schedule(
    seed: int, services: Sequence[str], doubled: Sequence[str], choice: Choice | None = None
) -> Iterator[Fault]:
    """Draw without end: in every round each class once, in turn each kind that befits it."""
    dice = random.Random(seed)  # noqa: S311  # repeatable, and no secret
    choice = choice or Choice()
    every = [*services, *SERVERS, CHILDREN, SUPERVISOR]
    chosen = {name: choice.of(name, kinds(name, doubled)) for name in every}
    classes = [name for name, fitting in chosen.items() if fitting]
    decks: dict[str, list[Kind]] = {name: [] for name in classes}
    number = 0
    while classes:
        for target in dice.sample(classes, len(classes)):
            if not decks[target]:
                decks[target] = dice.sample(chosen[target], len(chosen[target]))
            kind = decks[target].pop()
            number += 1
            second = kind is Kind.CUT or dice.random() < 0.5
            yield Fault(number, target, kind, second and target in doubled, dice.random())
