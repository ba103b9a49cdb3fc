"""The report of a run, in Markdown, always of the same shape."""

import math
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.chaos.outcome import BACK_WITHIN, ELECTED_WITHIN, Outcome, Plan, class_of
from tests.chaos.schedule import Kind

ROOT = Path(__file__).resolve().parents[2]


def report(outcome: Outcome, notes: str = "") -> str:
    """Write it."""
    return "\n".join([*_head(outcome, notes), *_body(outcome)]) + "\n"


def _head(outcome: Outcome, notes: str) -> Iterator[str]:
    broken = outcome.broken()
    plan = outcome.plan
    where = f"a mesh on {plan.brokers} brokers" if plan.brokers > 1 else "the mesh"
    yield f"# Chaos: what was done to {where}, and what came of it"
    yield ""
    yield f"**{'Every promise held.' if not broken else f'{len(broken)} promises did not hold.'}**"
    yield ""
    yield f"* `make chaos {_asked(plan)}`"
    yield f"* commit {_commit()}"
    yield f"* {_machine()}"
    yield f"* {len(outcome.entries)} faults, {_events(outcome):,} messages in streams, of them"
    yield f"  {_events(outcome, 'EVT_'):,} events, {_events(outcome, 'CMD_'):,} commands and"
    yield f"  {_events(outcome, 'PUSH'):,} frames; {outcome.findings.wishes:,} wishes over HTTP"
    if plan.brokers > 1:
        yield f"* {plan.brokers} brokers on one machine, everything kept on all; hit was who led"
    yield f"* {plan.people} people at a time; pauses of {plan.hold:g} s, cuts and full streams of"
    yield f"  {plan.hold / 2:g} s"
    yield f"* {outcome.seconds / 60:.0f} minutes"
    if notes:
        yield f"* {notes}"


def _body(outcome: Outcome) -> Iterator[str]:
    yield from _section("Faults by class", _faults(outcome))
    yield from _section("Ledger, by id", _ledger(outcome))
    yield from _section(f"Back to work (aim: {BACK_WITHIN:g} s)", _recovery(outcome))
    if outcome.plan.brokers > 1:
        title = f"Who led and was hit (aim: back {ELECTED_WITHIN:g} s after that)"
        yield from _section(title, _led(outcome))
    yield from _section("Handed over again", _again(outcome))
    yield from _section("What people were answered", _answers(outcome))
    yield from _section("What did not hold", _broken(outcome))


def _asked(plan: Plan) -> str:
    """Say how to ask for the same again."""
    asked: dict[str, object] = {"FAULTS": plan.faults, "EVENTS": plan.events, "SEED": plan.seed}
    asked |= {"HOLD": f"{plan.hold:g}"}
    if plan.brokers > 1:
        asked |= {"BROKERS": plan.brokers}
    several = {"TARGETS": plan.targets, "WAYS": plan.ways}
    words = [f"{name}={value}" for name, value in asked.items()]
    return " ".join(
        [*words, *(f'{name}="{" ".join(one)}"' for name, one in several.items() if one)]
    )


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "", *lines)


def _faults(outcome: Outcome) -> Iterator[str]:
    kinds = list(Kind)
    yield from _row("class", *kinds, "all", head=True)
    counts = Counter((class_of(one), one.struck.fault.kind) for one in outcome.entries)
    for target in sorted({class_of(one) for one in outcome.entries}):
        each = [counts[target, kind] for kind in kinds]
        yield from _row(target, *each, sum(each))


def _ledger(outcome: Outcome) -> Iterator[str]:
    yield from _row(
        "account", "said", "found", "lost", "doubled", "strangers", "unsure, done", head=True
    )
    accounts = outcome.findings.accounts
    used = [one for one in accounts if one.said or one.times]
    for one in used:
        yield from _row(
            one.name,
            f"{len(set(one.said)):,}",
            f"{len(one.times):,}",
            len(one.lost),
            len(one.doubled),
            len(one.strangers),
            len(one.recovered),
        )
    yield ""
    yield f"{len(accounts) - len(used)} more accounts stayed empty on both sides."


def _recovery(outcome: Outcome) -> Iterator[str]:
    yield "Back: every service answers through both gateways (through one where the other was hit),"
    yield "and every listener that had work takes some."
    yield "Taken over: all that had been handed out by then is acknowledged. Whole: every process"
    yield "is ready again. Seconds after the end of the fault, p50 / p95 / max."
    yield ""
    yield from _row("class", "back", "taken over", "whole", head=True)
    for target in [*sorted({class_of(one) for one in outcome.entries}), "all"]:
        of = [one for one in outcome.entries if target in {class_of(one), "all"}]
        yield from _row(
            target,
            _spread([one.recovery.back for one in of]),
            _spread([one.recovery.taken_over for one in of]),
            _spread([one.recovery.whole for one in of]),
        )


def _led(outcome: Outcome) -> Iterator[str]:
    yield "Of these, seconds count from the moment a node was hit, and not from the end of a pause:"
    yield "the other two have to go on at once. A division has its own seconds besides: its node"
    yield "comes back with the higher number of its lost elections, and the others elect again."
    yield "Whole: that node, too, holds everything again."
    yield ""
    yield from _row("fault", "", "led", "node", "back", "taken over", "whole", head=True)
    for one in outcome.entries:
        if one.struck.led:
            came = (one.recovery.back, one.recovery.taken_over, one.recovery.whole)
            seconds = ("never" if second is None else f"{second:.1f}" for second in came)
            fault, struck = one.struck.fault, one.struck
            yield from _row(fault.number, fault.kind, struck.led, struck.victim, *seconds)


def _again(outcome: Outcome) -> Iterator[str]:
    killed, restarted = outcome.killed(), outcome.restarted()
    flying = sum(one.struck.in_flight or 0 for one in killed)
    yield from _row(
        *("fault", "times", "in flight", "handed over again", "most at once", "done already"),
        head=True,
    )
    for name, entries, flew in (("kill", killed, flying), ("rolling restart", restarted, "-")):
        again = [outcome.repeated(one) for one in entries]
        done = sum(one.ran_again for one in entries)
        yield from _row(name, len(entries), flew, sum(again), max(again, default=0), done)
    yield ""
    yield "Of services alone. In flight is what was unacknowledged right after a kill, of both"
    yield "replicas; no more than that may be handed over again. Done already is what a handler"
    yield "was given although it had been handled: nothing of that may come of a rolling restart."
    yield "What was handed over again and not done had not been begun, or died without effect."


def _answers(outcome: Outcome) -> Iterator[str]:
    yield from _row("answer", "times", head=True)
    for status, times in sorted(outcome.findings.statuses.items()):
        yield from _row(status, f"{times:,}")


def _broken(outcome: Outcome) -> Iterator[str]:
    broken = outcome.broken()
    yield from (f"* {one}" for one in broken[:100])
    if not broken:
        yield "Nothing."


def _row(*cells: object, head: bool = False) -> Iterator[str]:
    yield f"| {' | '.join(map(str, cells))} |"
    if head:
        yield f"|{'---|' * len(cells)}"


def _spread(seconds: Sequence[float | None]) -> str:
    came = sorted(math.inf if one is None else one for one in seconds)
    if not came:
        return "-"
    picked = (came[math.ceil(share * len(came)) - 1] for share in (0.5, 0.95, 1.0))
    return " / ".join("never" if one == math.inf else f"{one:.1f}" for one in picked)


def _events(outcome: Outcome, prefix: str = "") -> int:
    stored = outcome.findings.stored
    return sum(
        count
        for name, count in stored.items()
        if name.startswith(prefix) and not name.startswith(("KV_", "DEAD"))
    )


def _commit() -> str:
    told = subprocess.run(
        ["git", "log", "-1", "--format=%h of %cs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


def _machine() -> str:
    return (
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()},"
        f" load {os.getloadavg()[2]:.1f} in the last 15 minutes"
    )
