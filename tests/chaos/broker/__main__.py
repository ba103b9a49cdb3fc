"""`make chaos-cluster`: the long version, told as it goes and reported at the end."""

import os
import sys
from pathlib import Path

import uvloop

from shared.provision import broker
from tests import servers
from tests.chaos.broker.drama import Hit, Outcome, Plan, drama
from tests.chaos.broker.report import holds, page


def main() -> int:
    """Play it and report; 0 if every promise was kept."""
    plan = Plan(
        seed=_told("SEED", 1),
        kills=_told("KILLS", 24),
        messages=_told("EVENTS", 50_000),
        pace=_told("PACE", 300),
        freezes=_told("FREEZES", 3),
    )
    outcome, version = uvloop.run(_played(plan))
    report = page(outcome, version)
    sys.stdout.write(report)
    if "REPORT" in os.environ:
        Path(os.environ["REPORT"]).write_text(report, encoding="utf-8")
    return 0 if holds(outcome) else 1


async def _played(plan: Plan) -> tuple[Outcome, str]:
    with servers.reachable_directory() as directory, servers.postgres(directory) as postgres:
        async with drama(plan, directory, postgres) as played:
            administrator = await played.traffic.lab.connect(broker.ADMIN)
            found = administrator.connected_server_version
            version = f"{found.major}.{found.minor}.{found.patch}"
            try:
                await played.play(tell=_tell)
            except TimeoutError as late:
                sys.stderr.write(f"It did not come to its end: {late!r}\n")
            return played.outcome, version


def _told(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


def _tell(hit: Hit, said: int) -> None:
    sys.stderr.write(
        f"{hit.at:7.1f} s  {hit.number}: {hit.node}, leader of {hit.leader}, {hit.how};"
        f" back after {hit.back:.1f} s, whole after {hit.well:.1f} s; {said} said\n"
    )


if __name__ == "__main__":
    sys.exit(main())
