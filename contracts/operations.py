"""Words the operations service owns, first edition: dead letters, and what to do with them.

Only administrators may ask; the command line asks as one.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field, JsonValue

from shared.messages import Answer, Body, Request


class LetterState(StrEnum):
    """What has become of a dead letter."""

    WAITING = "waiting"
    REDRIVEN = "redriven"
    DISCARDED = "discarded"


class FailureClass(StrEnum):
    """Why it died, as far as that decides what helps."""

    SCHEMA = "schema"
    TRANSIENT = "transient"
    HANDLER = "handler"
    KILLER = "killer"


class LetterError(Body):
    """What went wrong; `pointer` is the field, where there is one."""

    code: str
    detail: str
    pointer: str = ""


class DeadLetter(Body):
    """One message that one listener could not handle."""

    id: UUID
    type: str = Field(description="As `evt.document.processed.v1`; empty where it was unreadable.")
    service: str
    fingerprint: str = Field(description="The same for failures that differ in ids and numbers.")
    failure_class: str = Field(
        description="`schema`: unreadable, only another body helps. `transient`: tried again by"
        " itself, ever more slowly. `handler`: the listener failed. `killer`: it ended its process."
    )
    error: LetterError
    attempts: int
    first_seen: datetime
    last_seen: datetime
    state: str = Field(description="`waiting`, `redriven` or `discarded`.")


class LetterDetails(DeadLetter, Answer):
    """One dead letter with everything that is known of it."""

    durable: str = Field(description="Its durable consumer, as `search-indexing-completed-v1`.")
    key: str = Field(description="The aggregate it is about; empty where it is about none.")
    message_id: str
    correlation_id: str
    headers: dict[str, str]
    body: JsonValue = Field(description="As it died first: JSON, or text where it is none.")
    edited_body: JsonValue = Field(
        default=None, description="What is said instead when it is redriven."
    )
    redrives: int
    redrive_at: datetime | None = Field(default=None, description="When it is redriven by itself.")


class LetterPage(Answer):
    """One page of dead letters, newest first."""

    items: list[DeadLetter]
    next_cursor: str | None = None


class LetterGroup(Body):
    """The dead letters of one fingerprint."""

    fingerprint: str
    failure_class: str
    error: LetterError = Field(description="The error of the latest.")
    services: list[str]
    types: list[str]
    count: int
    waiting: int
    redriven: int
    discarded: int
    first_seen: datetime
    last_seen: datetime


class LetterGroups(Answer):
    """The groups that were seen last, at most a hundred."""

    items: list[LetterGroup]
    next_cursor: str | None = None


class Matched(Answer):
    """How many dead letters it concerned."""

    matched: int


class LetterFilter(Body):
    """Which dead letters; what is not said does not matter."""

    fingerprint: str | None = None
    service: str | None = None
    type: str | None = None
    failure_class: FailureClass | None = None


class ListDeadLetters(
    LetterFilter, Request[LetterPage], subject="req.operations.list-dead-letters.v1"
):
    """Which messages could not be handled?"""

    state: LetterState | None = None
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class GroupDeadLetters(
    LetterFilter, Request[LetterGroups], subject="req.operations.group-dead-letters.v1"
):
    """How many dead letters are there of each fingerprint?"""

    state: LetterState | None = None


class DescribeDeadLetter(
    Request[LetterDetails], subject="req.operations.describe-dead-letter.v1", key="letter_id"
):
    """Everything that is known about one dead letter."""

    letter_id: UUID


class EditDeadLetter(
    Request[LetterDetails], subject="req.operations.edit-dead-letter.v1", key="letter_id"
):
    """Keep another body beside the original; it must be one that the contract allows."""

    letter_id: UUID
    body: dict[str, Any]


class RedriveDeadLetter(
    Request[LetterDetails], subject="req.operations.redrive-dead-letter.v1", key="letter_id"
):
    """Redrive one: say it again to its listener alone, with another body if one is given."""

    letter_id: UUID
    body: dict[str, Any] | None = None


class RedriveDeadLetters(
    LetterFilter, Request[Matched], subject="req.operations.redrive-dead-letters.v1"
):
    """Say all that wait again, so many a second; answers at once how many that will be."""

    rate: float = Field(default=50, gt=0, le=1_000, allow_inf_nan=False)


class DiscardDeadLetter(
    Request[LetterDetails], subject="req.operations.discard-dead-letter.v1", key="letter_id"
):
    """Give one up; what waited behind it goes on."""

    letter_id: UUID


class DiscardDeadLetters(
    LetterFilter, Request[Matched], subject="req.operations.discard-dead-letters.v1"
):
    """Give up all that wait, or those of them that died longer ago than so many days."""

    older_than_days: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class SaidMessage(Body):
    """One event or command as its stream keeps it."""

    id: str
    type: str
    time: datetime
    key: str = Field(description="The aggregate that it is about.")
    correlation_id: str | None = None
    causation_id: str | None = None
    actor_id: str | None = None
    stream: str
    sequence: int
    headers: dict[str, str]
    data: JsonValue = Field(default=None, description="The body; none where it is very large.")


class SaidPage(Answer):
    """Some of what was said, oldest first; it may be short although there is more to look at."""

    items: list[SaidMessage]
    next_cursor: str | None = None


class SearchSaid(Request[SaidPage], subject="req.operations.search-said.v1"):
    """Find events and commands that are still kept."""

    type: str | None = Field(
        default=None, max_length=200, description="As `evt.document.*`; a star is anything."
    )
    id: str | None = Field(default=None, max_length=200)
    about: str | None = Field(default=None, max_length=200, description="The key of a thing.")
    correlation_id: UUID | None = None
    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    follow: bool = Field(default=False, description="Wait a while for what is said next.")
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None
