"""`mesh orphans`: what nobody refers to any more, as each owner finds it now."""

import argparse
from collections.abc import Mapping
from typing import Final

from contracts.orphans import (
    FindDocumentOrphans,
    FindIndexingOrphans,
    FindNotificationOrphans,
    FindOrphans,
    FindQuizOrphans,
    FindSearchOrphans,
    FindStorageOrphans,
)
from deploy.mesh.commands import Commands, Console, Row
from shared.problems import Problem

COLUMNS: Final = {"service": "SERVICE", "kind": "KIND", "count": "COUNT", "examples": "SOME"}
OWNERS: Final[Mapping[str, FindOrphans]] = {
    "storage": FindStorageOrphans(),
    "document": FindDocumentOrphans(),
    "indexing": FindIndexingOrphans(),
    "search": FindSearchOrphans(),
    "quiz": FindQuizOrphans(),
    "notification": FindNotificationOrphans(),
}
_PATIENCE: Final = 120.0


class OrphansFound(Problem, code="orphans-found", title="There are orphans"):
    """Words on their way make some for a moment; those that a second look finds will stay."""


def add(commands: Commands) -> None:
    """Add the command."""
    verb = commands.verb("orphans", "find what nobody refers to any more", _orphans)
    verb.add_argument("--service", choices=sorted(OWNERS), help="ask only this one")


async def _orphans(console: Console, given: argparse.Namespace) -> None:
    rows: list[Row] = []
    for service, request in OWNERS.items():
        if given.service in {None, service}:
            found = await console.access.ask(request, within=_PATIENCE)
            rows += [{"service": service, **group.model_dump()} for group in found.groups]
    console.show_rows(COLUMNS, rows)
    if any(row["count"] for row in rows):
        raise OrphansFound("Look again in a minute: what is being deleted just now is among them.")
