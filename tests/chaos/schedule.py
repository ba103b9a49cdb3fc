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


SERVERS: Final = ("nats", "postgres", "objects")
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
    """Whether the second replica is meant, where there is one."""
    luck: float
    """From 0 to 1: which one of several, and how long exactly to wait before."""


def kinds(target: str, doubled: Sequence[str]) -> tuple[Kind, ...]:
    """What can befall a class."""
    if target == "nats":
        return (*ALWAYS, Kind.FILL)
    if target in doubled:
        return (*ALWAYS, Kind.CUT)
    return ALWAYS


def schedule(seed: int, services: Sequence[str], doubled: Sequence[str]) -> Iterator[Fault]:
    """Draw without end: in every round each class once, in turn each kind that befits it."""
    dice = random.Random(seed)  # noqa: S311  # repeatable, and no secret
    classes = [*services, *SERVERS, CHILDREN, SUPERVISOR]
    decks: dict[str, list[Kind]] = {name: [] for name in classes}
    number = 0
    while True:
        for target in dice.sample(classes, len(classes)):
            if not decks[target]:
                fitting = kinds(target, doubled)
                decks[target] = dice.sample(fitting, len(fitting))
            kind = decks[target].pop()
            number += 1
            second = kind is Kind.CUT or dice.random() < 0.5
            yield Fault(number, target, kind, second and target in doubled, dice.random())
