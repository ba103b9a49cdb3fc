"""The command `mesh`: one module for each noun; `mesh --help` lists them."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from deploy.local.plan import BadBase
from deploy.mesh import consumers, streams
from deploy.mesh.access import Access
from deploy.mesh.commands import Commands, Desk
from shared.problems import Away, Problem
from shared.settings import BadSettings

NOUNS: Final = (streams, consumers)
"""Each has `add(commands)`, which adds the noun and its verbs."""

_REFUSED: Final = 1
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
    except (BadSettings, BadBase) as wrong:
        return _complain(str(wrong), BadSettings.exit_code)
    except Away as away:
        return _complain(away.detail or away.title, _AWAY)
    except Problem as problem:
        return _complain(_words_of(problem), _REFUSED)
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


async def _run(given: argparse.Namespace) -> None:
    access = Access.configured()
    async with access.stack:
        await given.run(Desk(access, as_json=given.json), given)


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


def _words_of(problem: Problem) -> str:
    return f"{problem.title}: {problem.detail}" if problem.detail else problem.title


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
