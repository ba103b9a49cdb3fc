"""How nouns and their verbs become a command line, and what each is given to work with."""

import argparse
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from deploy.mesh.access import Access

Row = Mapping[str, object]


class NotUnderstood(Exception):
    """The words fit together in no way that means something; the message says which would."""


@dataclass(slots=True)
class Console:
    """What a command works with: access to the mesh, and where it prints its answers."""

    access: Access
    as_json: bool = False
    tell: Callable[[str], None] = field(default=lambda line: print(line, flush=True))

    def show_rows(self, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
        """Show a list: some columns of it for people (field to heading), all of it as JSON."""
        if self.as_json:
            self.show_json(list(rows))
            return
        cells = [list(columns.values())]
        cells += [[_cell(row.get(name)) for name in columns] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for line in cells:
            self.tell("  ".join(map(str.ljust, line, widths)).rstrip())

    def show(self, thing: Row, sentence: str = "") -> None:
        """Show one thing: as JSON, as a sentence where there is one, or field by field."""
        if self.as_json:
            self.show_json(thing)
        elif sentence:
            self.tell(sentence)
        else:
            width = max(map(len, thing), default=0)
            for name, value in thing.items():
                self.tell(f"{name.ljust(width)}  {_cell(value)}")

    def show_json(self, value: object) -> None:
        """Show one JSON document."""
        self.tell(json.dumps(value, indent=2, ensure_ascii=False, default=str))


Run = Callable[[Console, argparse.Namespace], Awaitable[None]]
"""A verb: it raises a `Problem` when it is refused."""


@dataclass(frozen=True, slots=True)
class Commands:
    """A level of the command line: nouns, or the verbs of one."""

    _parsers: "argparse._SubParsersAction[argparse.ArgumentParser]"

    @classmethod
    def of(cls, parser: argparse.ArgumentParser) -> Self:
        """Begin a level below a parser."""
        return cls(parser.add_subparsers(metavar="COMMAND", required=True))

    def noun(self, name: str, does: str) -> "Commands":
        """Add a noun, which has verbs of its own."""
        return Commands.of(self._parsers.add_parser(name, help=does, description=_sentence(does)))

    def verb(self, name: str, does: str, run: Run) -> argparse.ArgumentParser:
        """Add what can be done; its arguments are added to the parser that is given back."""
        parser = self._parsers.add_parser(name, help=does, description=_sentence(does))
        parser.add_argument("--json", action="store_true", help="answer in JSON")
        parser.set_defaults(run=run, offline=False)
        return parser


def _sentence(does: str) -> str:
    return f"{does[0].upper()}{does[1:]}."


def _cell(value: object) -> str:
    match value:
        case None | []:
            return "-"
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)
