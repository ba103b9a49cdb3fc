"""The figures of a run, stage by stage, and the delays at a steady pace."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.tables import percentile, table

RAW: Final = "bare nats-py"
ALONE: Final = "each in a transaction"
TOGETHER: Final = "a batch in a transaction"
AT_ONCE: Final = "said and handled at once"

_MICRO: Final = 1_000_000
_MILLI: Final = 1_000
_LEGEND: Final = f"""
publish, say, carry, handle: each in a process of its own, while nothing else is done
all of it: these added up, as if one process did one after the other
{AT_ONCE}: one process says and carries, another handles; CPU is that of both
{TOGETHER}: listeners that do nothing beside their rows (`together=True`)
{ALONE}: all other listeners

Aims: `handle` 3,000 messages/s a process; relay lag p99 250 ms"""


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a message's way, done with many at full speed."""

    name: str
    ways: tuple[str, ...]
    """Whose way it is a part of."""
    count: int
    seconds: float
    cpu: float
    servers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds after the commit that says it, at a pace."""

    way: str
    pace: float
    stored: Sequence[float]
    handled: Sequence[float]


def show(stages: Sequence[Stage], delays: Sequence[Delays]) -> None:
    """Print everything."""
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"\n{stages[0].count} messages each way, {os.cpu_count()} processors; load now {load}\n")
    servers = list(stages[0].servers)
    head = ("", "messages/s", "CPU µs a message", *(f"{one} µs" for one in servers))
    print(table(head, [*map(_row, stages), *_wholes(stages)]))
    print("\nMilliseconds after the commit, at a steady pace:\n")
    rows = [row for one in delays for row in _delays(one)]
    print(table(("", "p50", "p99", "worst"), rows))
    print(_LEGEND)


def _row(one: Stage) -> tuple[str, ...]:
    return (
        one.name,
        f"{one.count / one.seconds:,.0f}",
        f"{_MICRO * one.cpu / one.count:.0f}",
        *(f"{_MICRO * used / one.count:.0f}" for used in one.servers.values()),
    )


def _wholes(stages: Sequence[Stage]) -> list[tuple[str, ...]]:
    """Put the stages of each way one after the other, as a single process would do them."""
    ways = dict.fromkeys(way for one in stages for way in one.ways if way != AT_ONCE)
    return [_row(_whole(way, [one for one in stages if way in one.ways])) for way in ways]


def _whole(way: str, stages: Sequence[Stage]) -> Stage:
    return Stage(
        f"all of it: {way}",
        (way,),
        stages[0].count,
        sum(one.seconds for one in stages),
        sum(one.cpu for one in stages),
        {name: sum(one.servers[name] for one in stages) for name in stages[0].servers},
    )


def _delays(one: Delays) -> list[tuple[str, ...]]:
    pace = f"{one.pace:g} a second"
    return [
        _delay(f"{pace}: stored (relay lag)", one.stored),
        _delay(f"{pace}: handled, {one.way}", one.handled),
    ]


def _delay(name: str, seconds: Sequence[float]) -> tuple[str, ...]:
    return (name, *(f"{_MILLI * percentile(seconds, share):.0f}" for share in (0.5, 0.99, 1.0)))
