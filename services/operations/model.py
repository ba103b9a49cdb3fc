"""A dead letter and its life: values and rules only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Self
from uuid import UUID

from shared.problems import NotFound, Problem

TRANSIENT: Final = "transient"
"""The failure class of passing trouble: the same again may help, later."""


class LetterNotFound(NotFound, code="dead-letter-not-found", title="There is no such dead letter"):
    """It never was, or its time is over."""


class NotWaiting(
    Problem,
    code="dead-letter-not-waiting",
    status=HTTPStatus.CONFLICT,
    title="The dead letter does not wait any more",
):
    """It was redriven or discarded before; if it dies again it waits again."""


class NotAgain(
    Problem,
    code="dead-letter-not-redrivable",
    status=HTTPStatus.CONFLICT,
    title="The dead letter cannot be said again as it is",
):
    """Its listener could not read it again either; the detail says what would help."""


class BadBody(
    Problem,
    code="body-not-allowed",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The contract does not allow this body",
):
    """`errors` points to the fields."""


class State(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    REDRIVEN = "redriven"
    DISCARDED = "discarded"


class Plan(StrEnum):
    """What is to be done with it when its time comes."""

    REDRIVE = "redrive"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message died: stable code, sentence, field, and what kind of help it needs."""

    code: str
    detail: str
    pointer: str
    fingerprint: str
    kind: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Death:
    """One message that one listener has just kept aside."""

    durable: str
    service: str
    message_id: str
    generation: int
    type: str
    key: str
    correlation: str
    headers: dict[str, str]
    body: bytes
    failure: Failure
    at: datetime
    said: int | None = None
    """Which saying of it died, counted from 0; None where its listener did not say so."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often passing trouble is tried again by itself, and how long after each death."""

    redrives: int
    first: timedelta

    def next_after(self, at: datetime, failure: Failure, redrives: int) -> datetime | None:
        """Say when, or never: what cannot be read, and who fails for a reason, wait for people."""
        if failure.kind != TRANSIENT or redrives >= self.redrives:
            return None
        return at + self.first * float(2**redrives)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of one listener, dead once or several times."""

    id: UUID
    death: Death
    first_seen: datetime
    state: State = State.WAITING
    edited: bytes | None = None
    redrives: int = 0
    """How often its listener was told something about it, so that each time is a new one."""
    plan: Plan | None = None
    due_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def body(self) -> bytes:
        """What is said when it is redriven."""
        return self.death.body if self.edited is None else self.edited

    def edit(self, body: bytes) -> Self:
        """Keep another body beside the original."""
        self._require_waiting()
        return replace(self, edited=body)

    def redrive(self, at: datetime) -> Self:
        """Be said again; where nobody could know it again, say so."""
        self._require_waiting()
        if not self.death.headers.get("ce-id"):
            raise NotAgain(
                "Its headers do not say what it is, so nobody can read it: discard it, and let its"
                " sender say it again."
            )
        return self._ended(State.REDRIVEN, at)

    def discard(self, at: datetime) -> Self:
        """Be given up."""
        self._require_waiting()
        return self._ended(State.DISCARDED, at)

    def died_again(self, death: Death, patience: Patience) -> Self:
        """Wait again, with the original body and that which died last; an old death is ignored.

        A saying that died is known to be said, though we went before we could note it.
        """
        if not self._is_news(death):
            return self
        redrives = max(self.redrives, death.said or 0) if self._is_ours(death) else self.redrives
        edited = death.body if death.body != self.death.body else self.edited
        last = replace(death, body=self.death.body)
        again = replace(self, death=last, state=State.WAITING, edited=edited, ended_at=None)
        again = replace(again, redrives=redrives)
        return again.planned(patience)

    def planned(self, patience: Patience) -> Self:
        """Plan to be said again by itself, where that may help."""
        due_at = patience.next_after(self.death.at, self.death.failure, self.redrives)
        return replace(self, plan=Plan.REDRIVE if due_at else None, due_at=due_at)

    def unplanned(self) -> Self:
        """Wait for somebody to decide."""
        return replace(self, plan=None, due_at=None)

    def _is_ours(self, death: Death) -> bool:
        """Say whether it died of what we said, or might have: replays count otherwise."""
        return death.said is not None and death.said <= self.redrives + 1

    def _is_news(self, death: Death) -> bool:
        """Say whether we know of it; clocks are asked only where nothing is counted."""
        if death.said is None or not self._is_ours(death):
            return death.at > self.death.at
        if death.said == self.redrives:
            return self.state is not State.WAITING
        return death.said > self.redrives

    def _ended(self, state: State, at: datetime) -> Self:
        return replace(
            self, state=state, redrives=self.redrives + 1, plan=None, due_at=None, ended_at=at
        )

    def _require_waiting(self) -> None:
        if self.state is not State.WAITING:
            raise NotWaiting(f"It is {self.state} since {self.ended_at:%Y-%m-%d %H:%M:%S} UTC.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters; what is None does not matter."""

    fingerprint: str | None = None
    service: str | None = None
    type: str | None = None
    kind: str | None = None
    state: str | None = None
    died_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The letters of one fingerprint."""

    fingerprint: str
    latest: Failure
    services: Sequence[str]
    types: Sequence[str]
    counts: Mapping[State, int]
    first_seen: datetime
    last_seen: datetime
