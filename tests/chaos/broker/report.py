"""What came of it, written for people who were not there."""

import statistics
from collections.abc import Iterable

from tests.chaos.broker.drama import AMONG_REPEATS, Hit, Outcome

BACK_WITHIN = 20.0
"""Seconds to be back at work after a leader fell."""


def holds(outcome: Outcome) -> bool:
    """Whether every promise was kept."""
    return (
        all(account.holds for account in outcome.accounts)
        and outcome.agree
        and outcome.after_all_fell == outcome.said
        and outcome.repeated
        and max(hit.back for hit in outcome.hits if hit.how != AMONG_REPEATS) <= BACK_WITHIN
    )


def page(outcome: Outcome, version: str) -> str:
    """Write the whole report."""
    killed = [hit for hit in outcome.hits if hit.how == "killed"]
    frozen = [hit for hit in outcome.hits if hit.how == "frozen"]
    verdict = "Every promise was kept." if holds(outcome) else "A PROMISE WAS BROKEN."
    kept = ", ".join(f"{name} {state['messages']}" for name, state in outcome.kept.items())
    plan = outcome.plan
    return f"""\
# Three brokers, and leaders that fall

Written by `make chaos-cluster KILLS={plan.kills} FREEZES={plan.freezes} EVENTS={plan.messages}
PACE={plan.pace:g} SEED={plan.seed}`: nats-server {version}, three nodes on one machine, everything
kept on all three (R3), `sync_interval: always`.

**{verdict}** {outcome.said} messages in {outcome.seconds:.0f} s, {len(killed)} leaders killed
(`kill -9`), {len(frozen)} frozen for {plan.frozen:g} s.

{_accounts(outcome)}

Messages that each node by itself says it keeps: {kept}. Then all three were killed at once, and
{outcome.after_all_fell} were there when they were back. Beyond the window everything was published
once more and {outcome.stored_again} were stored a second time: of those only the inbox knows that
they are repeats.

| | median s | longest s |
|---|---:|---:|
| back at work after a kill | {_spread([hit.back for hit in killed])} |
| back at work after a freeze | {_spread([hit.back for hit in frozen])} |
| all three whole again after a kill | {_spread([hit.well for hit in killed])} |

{_hits(outcome.hits)}
"""


def _accounts(outcome: Outcome) -> str:
    head = "| account | said | found | lost | twice | strangers |\n|---|---:|---:|---:|---:|---:|"
    rows = [
        f"| {one.name} | {len(one.said)} | {sum(one.times.values())} | {len(one.lost)}"
        f" | {len(one.doubled)} | {len(one.strangers)} |"
        for one in outcome.accounts
    ]
    return "\n".join([head, *rows])


def _hits(hits: Iterable[Hit]) -> str:
    head = "| | second | leader of | node | how | back after s | all whole after s |"
    rows = [
        f"| {hit.number} | {hit.at:.0f} | {hit.leader} | {hit.node} | {hit.how}"
        f" | {hit.back:.1f} | {hit.well:.1f} |"
        for hit in hits
    ]
    return "\n".join([head, "|---:|---:|---|---|---|---:|---:|", *rows])


def _spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.1f} | {max(seconds):.1f}" if seconds else "none | none"
