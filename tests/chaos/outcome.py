"""What one run found, and whether the promises hold."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.chaos.counts import Counts
from tests.chaos.ledger import Account
from tests.chaos.recovery import Recovery
from tests.chaos.repeats import Repeats
from tests.chaos.schedule import BROKER, SUPERVISOR, Fault, Kind
from tests.chaos.struck import Struck

BACK_WITHIN: Final = 10.0
"""Seconds after the end of a process fault until everybody is back to work."""
ELECTED_WITHIN: Final = 20.0
"""The same where three brokers have to choose who leads, from the moment one was hit."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a run."""

    faults: int
    events: int
    seed: int
    hold: float = 30.0
    people: int = 8
    brokers: int = 1
    targets: tuple[str, ...] = ()
    """Classes of process that are hit; all unless told."""
    ways: tuple[Kind, ...] = ()
    """What is done to them, too."""
    back: float = BACK_WITHIN
    """Seconds after which who is not back to work broke a promise: more on a machine in use."""

    def allows(self, fault: Fault) -> float:
        """Tell in how many seconds everybody is to be back to work.

        A node that was cut off comes back with the higher number of its own lost elections, and the
        others elect once more: the seconds of a division count from its end.
        """
        if self.brokers == 1 or fault.target not in {BROKER, SUPERVISOR}:
            return self.back
        return ELECTED_WITHIN + (self.hold / 2 if fault.kind is Kind.CUT else 0.0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One fault and what followed."""

    struck: Struck
    recovery: Recovery
    before: Counts
    after: Counts
    ran_again: int = 0
    """How often a handler of the service that was hit found that something was done already."""

    @property
    def line(self) -> str:
        """Tell it in a line."""
        fault, lasted = self.struck.fault, self.struck.ended - self.struck.began
        seconds = (self.recovery.back, self.recovery.taken_over, self.recovery.whole)
        back, over, whole = ("   -" if one is None else f"{one:4.1f}" for one in seconds)
        victim = f"{self.struck.victim} {self.struck.led}".strip()
        return (
            f"{fault.kind:<8}{victim:<38}{lasted:5.1f} s"
            f"  back {back}  taken over {over}  whole {whole}  again {self.ran_again}"
        )

    @property
    def is_of_service(self) -> bool:
        """Whether a process of a service was hit, and not a server of all."""
        return len(self.struck.services) == 1


@dataclass(frozen=True, slots=True)
class Findings:
    """Both sides of the ledger and what was seen beside."""

    accounts: Sequence[Account[str]]
    complaints: Sequence[str]
    dead: int
    stored: Mapping[str, int]
    statuses: Counter[str]
    wishes: int
    repeats: Repeats
    subjects: Mapping[str, str]
    """What stands at each listener's place."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a run found."""

    plan: Plan
    entries: Sequence[Entry]
    findings: Findings
    seconds: float

    def repeated(self, entry: Entry) -> int:
        """Count what listeners of the services that were hit got again during a fault."""
        whose = entry.struck.services
        repeats, subjects = self.findings.repeats, self.findings.subjects
        after = repeats.so_far(entry.after, whose, subjects)
        return after - repeats.so_far(entry.before, whose, subjects)

    def killed(self) -> list[Entry]:
        """Give the faults in which a service's process was killed with something countable."""
        return [one for one in self.entries if one.struck.in_flight is not None]

    def restarted(self) -> list[Entry]:
        """Give the rolling restarts of services."""
        return [
            one
            for one in self.entries
            if one.is_of_service and one.struck.fault.kind is Kind.RESTART
        ]

    def broken(self) -> list[str]:
        """Name every promise that did not hold."""
        return [*self._ledger(), *self._twice(), *self._late()]

    def _ledger(self) -> Iterator[str]:
        for account in self.findings.accounts:
            for what in ("lost", "doubled", "strangers"):
                if ids := getattr(account, what):
                    yield f"{account.name}: {len(ids)} {what}, as {sorted(ids)[:3]}"
        yield from self.findings.complaints
        if self.findings.dead:
            yield f"{self.findings.dead} dead letters"

    def _twice(self) -> Iterator[str]:
        for entry in self.killed():
            again, flying = self.repeated(entry), entry.struck.in_flight or 0
            if again > flying:
                yield f"{_name(entry)}: {again} handed over again, {flying} were in flight"
        for entry in self.restarted():
            if entry.ran_again:
                yield f"{_name(entry)}: {entry.ran_again} done twice by a rolling restart"

    def _late(self) -> Iterator[str]:
        for entry in self.entries:
            back = entry.recovery.back
            if back is None or back > self.plan.allows(entry.struck.fault):
                seconds = "not at all" if back is None else f"after {back:.1f} s"
                yield f"{_name(entry)}: back to work {seconds}"
            elif not entry.recovery.complete:
                yield f"{_name(entry)}: not all that it held was taken over"


def class_of(entry: Entry) -> str:
    """The class of process that was hit."""
    return entry.struck.fault.target


def _name(entry: Entry) -> str:
    fault = entry.struck.fault
    return f"fault {fault.number} ({fault.kind} {entry.struck.victim})"
