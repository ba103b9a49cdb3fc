"""Dead letters, for operators: what could not be handled, and what becomes of it."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.operations import (
    DescribeDeadLetter,
    DiscardDeadLetter,
    DiscardDeadLetters,
    EditDeadLetter,
    FailureClass,
    GroupDeadLetters,
    LetterDetails,
    LetterGroups,
    LetterPage,
    LetterState,
    ListDeadLetters,
    Matched,
    RedriveDeadLetter,
    RedriveDeadLetters,
)
from services.gateway.dependencies import Administrator
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.words import Cursor, Inbound, Limit, Text
from shared.legible import require_json

_LETTER: Final = {
    "id": "019aa1b2-0000-7000-8000-000000000009",
    "type": "evt.document.processed.v1",
    "service": "indexing",
    "fingerprint": "5f2b8c0d9a1e4f37",
    "failure_class": "schema",
    "error": {
        "code": "bad-body",
        "detail": "/version: Input should be a valid integer",
        "pointer": "/version",
    },
    "attempts": 0,
    "first_seen": "2026-11-21T09:00:00Z",
    "last_seen": "2026-11-21T09:00:00Z",
    "state": "waiting",
}
_DETAILS: Final = _LETTER | {
    "durable": "indexing-document-processed-v1",
    "key": "019aa1b2-0000-7000-8000-000000000002",
    "message_id": "019aa1b2-0000-7000-8000-00000000000a",
    "correlation_id": "019aa1b2-0000-7000-8000-00000000000b",
    "headers": {"ce-type": "evt.document.processed.v1"},
    "body": {"version": "one"},
    "edited_body": None,
    "redrives": 0,
    "redrive_at": None,
}
_GROUP: Final = {
    "fingerprint": "5f2b8c0d9a1e4f37",
    "failure_class": "schema",
    "error": _LETTER["error"],
    "services": ["indexing"],
    "types": ["evt.document.processed.v1"],
    "count": 1,
    "waiting": 1,
    "redriven": 0,
    "discarded": 0,
    "first_seen": "2026-11-21T09:00:00Z",
    "last_seen": "2026-11-21T09:00:00Z",
}
_ALLOWED: Final = {**ALWAYS, **problems(403)}
_ONE: Final = {200: shown(_DETAILS), **_ALLOWED, **problems(404)}
_CHANGED: Final = {**_ONE, **problems(409)}


def _writable(body: dict[str, Any]) -> dict[str, Any]:
    require_json(body)
    return body


Name = Annotated[Text | None, Query(min_length=1, max_length=200)]
Written = Annotated[dict[str, Any], AfterValidator(_writable)]

router = APIRouter(prefix="/api/v1/admin/dead-letters", tags=["operators"])


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters to show; what is left out does not matter."""

    fingerprint: Name = None
    service: Name = None
    type: Name = None
    state: LetterState | None = None
    failure_class: FailureClass | None = None


Chosen = Annotated[Filter, Depends()]


class Body(Inbound):
    """Another body, which the contract must allow; the original is kept beside it."""

    body: Written = Field(examples=[{"version": 1}])


class Again(Inbound):
    """The body to say instead; without one, what was said before is said again."""

    body: Written | None = Field(default=None, examples=[{"version": 1}])


class Choice(BaseModel):
    """Which of the dead letters that wait; an empty filter chooses all of them.

    Unknown fields are refused: if a misspelt one were ignored, all would be chosen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprint: Text | None = Field(default=None, max_length=200, examples=["5f2b8c0d9a1e4f37"])
    service: Text | None = Field(default=None, max_length=200, examples=["indexing"])
    type: Text | None = Field(default=None, max_length=200, examples=["evt.document.processed.v1"])
    failure_class: FailureClass | None = Field(default=None, examples=["transient"])


class Redriving(Choice):
    """Which dead letters, and how many of them to say again in a second."""

    rate: float = Field(default=50, gt=0, le=1_000, examples=[10])


class Discarding(Choice):
    """Which dead letters, and how old they must be at least."""

    older_than_days: float | None = Field(default=None, ge=0, le=36_500, examples=[30])


_AS_IT_IS: Final = Again()
_ALL_AGAIN: Final = Redriving()
_ALL_GONE: Final = Discarding()


@router.get("", responses={200: shown({"items": [_LETTER], "next_cursor": None}), **_ALLOWED})
async def list_dead_letters(
    visit: Administrator,
    chosen: Chosen,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> LetterPage:
    """What could not be handled, newest first."""
    return await visit.ask(ListDeadLetters(**asdict(chosen), limit=limit, cursor=cursor))


@router.get("/groups", responses={200: shown({"items": [_GROUP], "next_cursor": None}), **_ALLOWED})
async def groups(visit: Administrator, chosen: Chosen) -> LetterGroups:
    """How many there are of each fingerprint; those that were seen last come first."""
    return await visit.ask(GroupDeadLetters(**asdict(chosen)))


@router.get("/{letter_id}", responses=_ONE)
async def describe(letter_id: UUID, visit: Administrator) -> LetterDetails:
    """Show one dead letter with its headers and body."""
    return await visit.ask(DescribeDeadLetter(letter_id=letter_id))


@router.patch("/{letter_id}", responses={**_CHANGED, **problems(413)})
async def edit(letter_id: UUID, body: Body, visit: Administrator) -> LetterDetails:
    """Keep another body beside the original, to be said when it is redriven."""
    return await visit.ask(EditDeadLetter(letter_id=letter_id, body=body.body))


@router.post("/{letter_id}/redrive", responses={**_CHANGED, **problems(413)})
async def redrive(letter_id: UUID, visit: Administrator, body: Again = _AS_IT_IS) -> LetterDetails:
    """Say one again to the listener that could not handle it, and to nobody else."""
    return await visit.ask(RedriveDeadLetter(letter_id=letter_id, body=body.body))


@router.post("/{letter_id}/discard", responses=_CHANGED)
async def discard(letter_id: UUID, visit: Administrator) -> LetterDetails:
    """Give one up; later messages about the same thing, which waited behind it, are handled."""
    return await visit.ask(DiscardDeadLetter(letter_id=letter_id))


@router.post(
    "/redrive",
    status_code=202,
    responses={202: shown({"matched": 3}), **_ALLOWED, **problems(413)},
)
async def redrive_all(visit: Administrator, body: Redriving = _ALL_AGAIN) -> Matched:
    """Say again all that wait and match, so many a second; answers how many these are."""
    return await visit.ask(RedriveDeadLetters(**dict(body)))


@router.post(
    "/discard",
    status_code=202,
    responses={202: shown({"matched": 3}), **_ALLOWED, **problems(413)},
)
async def discard_all(visit: Administrator, body: Discarding = _ALL_GONE) -> Matched:
    """Give up all that wait and match; answers how many these are."""
    return await visit.ask(DiscardDeadLetters(**dict(body)))
