"""`make chaos`: mistreat a mesh of its own, tell how that goes, and write the report."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

import uvloop

from tests.chaos.outcome import Plan
from tests.chaos.report import report
from tests.chaos.run import run
from tests.chaos.schedule import Kind
from tests.servers import reachable_directory

HELP: Final = """\
settings, in the environment:
  FAULTS=28      at least so many faults
  EVENTS=5000    and at least so many messages
  SEED=now       which faults, in which order
  HOLD=30        seconds for which a process is frozen
  PEOPLE=8       people who work at once
  BROKERS=1      or 3
  TARGETS=       only these classes of processes, with blanks between
  WAYS=          only these ways, in turn: kill pause restart cut fill
  REPORT=        a file for the report
  NOTES=         what else the report is to say
"""


def main() -> int:
    """Run as the environment says; 0 only when every promise held."""
    argparse.ArgumentParser(
        prog="make chaos",
        description="Mistreat a mesh under load; compare what was said with what came of it.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to go, tidy up
    plan = Plan(
        faults=_number("FAULTS", 28),
        events=_number("EVENTS", 5_000),
        seed=_number("SEED", int(time.time())),
        hold=_number("HOLD", 30),
        people=_number("PEOPLE", 8),
        brokers=_number("BROKERS", 1),
        targets=tuple(os.environ.get("TARGETS", "").split()),
        ways=tuple(map(Kind, os.environ.get("WAYS", "").split())),
    )
    with reachable_directory() as directory:
        outcome = uvloop.run(run(plan, directory, _tell))
    written = report(outcome, os.environ.get("NOTES", ""))
    if path := os.environ.get("REPORT"):
        Path(path).write_text(written, encoding="utf-8")
    _tell(f"\n{written}")
    return 1 if outcome.broken() else 0


def _number(name: str, otherwise: int) -> int:
    return int(os.environ.get(name) or otherwise)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
