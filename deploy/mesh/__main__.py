"""The command `mesh`: one module for each noun; `mesh --help` lists them."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from deploy.local.plan import BadBase
from deploy.mesh import (
    backups,
    consumers,
    dead_letters,
    events,
    orphans,
    rebuilds,
    replay,
    streams,
)
from deploy.mesh.access import Access
from deploy.mesh.commands import Commands, Console, NotUnderstood
from shared.problems import Away, Problem
from shared.settings import BadSettings

NOUNS: Final = (dead_letters, events, streams, consumers, rebuilds, orphans, backups, replay)
"""Each has `add(commands)`, which adds the noun and its verbs."""

_REFUSED: Final = 1
_NOT_UNDERSTOOD: Final = 2
_AWAY: Final = 3
_INTERRUPTED: Final = 130
_EPILOG: Final = """\
Without further words it is the mesh of this machine, whose data MESH_DATA names (.data).
Another mesh: MESH_OPERATOR_NATS_URL, MESH_OPERATOR_NATS_PASSWORD, MESH_OPERATOR_NATS_MONITOR_URL.
Exit codes: 0 done, 1 refused, 2 not understood, 3 the mesh or a part of it cannot be reached,
78 the settings are wrong."""


def main(words: Sequence[str] | None = None) -> int:
    """Do what was asked; what cannot be done is said in a sentence."""
    given = _parser().parse_args(words)
    try:
        asyncio.run(_run(given))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        return 0
    except (BadSettings, BadBase, NotUnderstood, ValidationError, Problem) as failure:
        print(_sentence(failure), file=sys.stderr, flush=True)
        return _code(failure)
    return 0


async def _run(given: argparse.Namespace) -> None:
    access = Access.offline() if given.offline else Access.configured()
    async with access.stack:
        await given.run(Console(access, as_json=given.json), given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mesh",
        description="Look at a mesh and mend it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = Commands.of(parser)
    for noun in NOUNS:
        noun.add(commands)
    return parser


def _code(failure: Exception) -> int:
    match failure:
        case BadSettings() | BadBase():
            return BadSettings.exit_code
        case NotUnderstood() | ValidationError():
            return _NOT_UNDERSTOOD
        case Away():
            return _AWAY
        case _:
            return _REFUSED


def _sentence(failure: Exception) -> str:
    if isinstance(failure, ValidationError):
        first = failure.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(failure, Problem):
        return _words_of(failure)
    return str(failure)


def _words_of(problem: Problem) -> str:
    if isinstance(problem, Away) and problem.detail:
        return problem.detail
    sentence = f"{problem.title}: {problem.detail}" if problem.detail else problem.title
    errors = problem.members.get("errors")
    pointers = errors if isinstance(errors, list) else []
    return "\n".join((sentence, *(f"  {one['pointer']}: {one['detail']}" for one in pointers)))


if __name__ == "__main__":
    sys.exit(main())
