"""`mesh dead-letters`: what could not be handled, looked at, mended, said again or given up."""

import argparse
from typing import Any, Final
from uuid import UUID

from contracts.operations import (
    DescribeDeadLetter,
    DiscardDeadLetter,
    DiscardDeadLetters,
    EditDeadLetter,
    FailureClass,
    GroupDeadLetters,
    LetterState,
    ListDeadLetters,
    RedriveDeadLetter,
    RedriveDeadLetters,
)
from deploy.mesh.commands import Commands, Console, NotUnderstood
from deploy.mesh.words import count, days, read_body
from shared.messages import Body

COLUMNS: Final = {
    "id": "ID",
    "last_seen": "LAST SEEN",
    "service": "SERVICE",
    "type": "TYPE",
    "failure_class": "CLASS",
    "attempts": "ATTEMPTS",
    "state": "STATE",
    "fingerprint": "FINGERPRINT",
    "reason": "REASON",
}
GROUPS: Final = {
    "fingerprint": "FINGERPRINT",
    "failure_class": "CLASS",
    "count": "COUNT",
    "waiting": "WAITING",
    "redriven": "REDRIVEN",
    "discarded": "DISCARDED",
    "services": "SERVICES",
    "last_seen": "LAST SEEN",
    "reason": "REASON",
}
_REASON: Final = 80


def add(commands: Commands) -> None:
    """Add the noun and its verbs."""
    noun = commands.noun("dead-letters", "look at what could not be handled, and deal with it")
    listing = noun.verb("list", "list them, newest first", _list)
    _filters(listing)
    _state(listing)
    listing.add_argument("--limit", type=count, default=20, help="how many at most (20, 1 to 100)")
    listing.add_argument("--cursor", help="`next_cursor` of the page before")
    groups = noun.verb("groups", "count them by fingerprint", _groups)
    _filters(groups)
    _state(groups)
    _one(noun.verb("show", "show one with headers and body", _show))
    edit = noun.verb(
        "edit", "keep another body beside the original, for when it is redriven", _edit
    )
    _one(edit)
    edit.add_argument("--data", required=True, metavar="FILE", help="the JSON body; - reads stdin")
    redrive = noun.verb("redrive", "say one again, or all that match a filter", _redrive)
    _one_or_many(redrive)
    redrive.add_argument("--data", metavar="FILE", help="another body, for one; - reads stdin")
    redrive.add_argument("--rate", type=float, default=50, help="how many a second (50)")
    discard = noun.verb("discard", "give one up, or all that match a filter", _discard)
    _one_or_many(discard)
    discard.add_argument(
        "--older-than-days", type=days, metavar="DAYS", help="only those that died longer ago"
    )


async def _list(console: Console, given: argparse.Namespace) -> None:
    asked = ListDeadLetters(
        **_chosen(given), state=given.state, limit=given.limit, cursor=given.cursor
    )
    page = await console.access.ask(asked)
    if console.as_json:
        console.show_json(page.model_dump(mode="json"))
        return
    console.show_rows(COLUMNS, [_row(one) for one in page.items])
    if page.next_cursor:
        console.tell(f"More: --cursor {page.next_cursor}")


async def _groups(console: Console, given: argparse.Namespace) -> None:
    found = await console.access.ask(GroupDeadLetters(**_chosen(given), state=given.state))
    if console.as_json:
        console.show_json(found.model_dump(mode="json"))
        return
    console.show_rows(GROUPS, [_row(one) for one in found.items])


async def _show(console: Console, given: argparse.Namespace) -> None:
    letter = await console.access.ask(DescribeDeadLetter(letter_id=given.id))
    console.show(letter.model_dump(mode="json"))


async def _edit(console: Console, given: argparse.Namespace) -> None:
    asked = EditDeadLetter(letter_id=given.id, body=read_body(given.data))
    letter = await console.access.ask(asked)
    console.show(letter.model_dump(mode="json"), f"{letter.id} has another body beside its own.")


async def _redrive(console: Console, given: argparse.Namespace) -> None:
    if given.id is None:
        if given.data:
            raise NotUnderstood("Another body is for one of them: say its ID.")
        matched = await console.access.ask(RedriveDeadLetters(**_many(given), rate=given.rate))
        rate = f"{given.rate:g} a second"
        console.show({"matched": matched.matched}, f"{matched.matched} are said again, {rate}.")
        return
    _require_alone(given)
    body = read_body(given.data) if given.data else None
    letter = await console.access.ask(RedriveDeadLetter(letter_id=given.id, body=body))
    console.show(letter.model_dump(mode="json"), f"{letter.id} is said again to {letter.durable}.")


async def _discard(console: Console, given: argparse.Namespace) -> None:
    if given.id is None:
        asked = DiscardDeadLetters(**_many(given), older_than_days=given.older_than_days)
        matched = await console.access.ask(asked)
        console.show({"matched": matched.matched}, f"{matched.matched} are given up.")
        return
    _require_alone(given)
    letter = await console.access.ask(DiscardDeadLetter(letter_id=given.id))
    console.show(letter.model_dump(mode="json"), f"{letter.id} is given up.")


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=UUID, metavar="ID", help="its id, as `list` shows it")


def _one_or_many(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=UUID, nargs="?", metavar="ID", help="one; or choose by filter:")
    _filters(parser)
    parser.add_argument("--all", action="store_true", help="all that wait")


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fingerprint", help="only this group")
    parser.add_argument("--service", help="only what this service could not handle")
    parser.add_argument("--type", help="only this type of message")
    parser.add_argument(
        "--class",
        dest="failure_class",
        choices=[one.value for one in FailureClass],
        help="only this class of failure",
    )


def _state(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", choices=[one.value for one in LetterState], help="only in this state"
    )


def _chosen(given: argparse.Namespace) -> dict[str, Any]:
    names = ("fingerprint", "service", "type", "failure_class")
    return {name: getattr(given, name) for name in names}


def _many(given: argparse.Namespace) -> dict[str, Any]:
    if not _has_filter(given):
        raise NotUnderstood("Say which: an ID, a filter, or --all.")
    return _chosen(given)


def _require_alone(given: argparse.Namespace) -> None:
    """Insist that one is not narrowed by a filter, which would not be looked at."""
    if _has_filter(given):
        raise NotUnderstood("Say an ID, or a filter, not both.")


def _has_filter(given: argparse.Namespace) -> bool:
    return bool(
        given.all or any(_chosen(given).values()) or getattr(given, "older_than_days", None)
    )


def _row(one: Body) -> dict[str, object]:
    row: dict[str, Any] = one.model_dump(mode="json")
    reason = f"{row['error']['code']}: {row['error']['detail']}"
    row["last_seen"] = row["last_seen"][:19].replace("T", " ")
    if isinstance(row.get("services"), list):
        row["services"] = ", ".join(row["services"])
    return row | {"reason": reason if len(reason) <= _REASON else f"{reason[: _REASON - 1]}…"}
