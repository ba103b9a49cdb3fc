"""Fakes of operations' ports, held to the same behaviour as the real ones."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.operations.model import (
    Death,
    Group,
    Letter,
    LetterNotFound,
    Plan,
    State,
    Wanted,
)
from services.operations.ports import Transaction
from shared.cause import Cause
from shared.problems import Away


@dataclass
class FakeStore:
    """A store in memory; a block that fails leaves nothing behind."""

    letters: dict[UUID, Letter] = field(default_factory=dict)

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncGenerator[Transaction]:
        draft = _FakeTransaction(dict(self.letters))
        yield draft
        self.letters = draft.letters


@dataclass
class _FakeTransaction:
    letters: dict[UUID, Letter]

    async def get(self, letter_id: UUID) -> Letter:
        if letter_id not in self.letters:
            raise LetterNotFound
        return self.letters[letter_id]

    async def of(self, death: Death) -> Letter | None:
        return next((one for one in self.letters.values() if _who(one.death) == _who(death)), None)

    async def put(self, letter: Letter) -> None:
        self.letters[letter.id] = letter

    async def find(self, wanted: Wanted, limit: int, before: UUID | None = None) -> list[Letter]:
        newest = sorted(self.letters.values(), key=lambda one: one.id, reverse=True)
        found = [one for one in newest if before is None or one.id < before]
        return [one for one in found if _fits(one, wanted)][:limit]

    async def groups(self, wanted: Wanted, limit: int) -> list[Group]:
        groups: dict[str, list[Letter]] = {}
        for one in self.letters.values():
            if _fits(one, wanted):
                groups.setdefault(one.death.failure.fingerprint, []).append(one)
        return [_group(letters) for letters in groups.values()][:limit]

    async def schedule(self, wanted: Wanted, plan: Plan, start: datetime, rate: float) -> int:
        chosen = [
            one
            for one in sorted(self.letters.values(), key=lambda one: one.id)
            if _fits(one, wanted)
            and one.state is State.WAITING
            and (plan is Plan.DISCARD or "ce-id" in one.death.headers)
        ]
        for number, one in enumerate(chosen):
            due_at = start + timedelta(seconds=number / rate)
            self.letters[one.id] = replace(one, plan=plan, due_at=due_at)
        return len(chosen)

    async def due(self, now: datetime) -> Letter | None:
        due = [
            (one.due_at, one.id)
            for one in self.letters.values()
            if one.state is State.WAITING and one.due_at is not None and one.due_at <= now
        ]
        return self.letters[min(due)[1]] if due else None

    async def forget(self, ended_before: datetime) -> None:
        for one in list(self.letters.values()):
            if one.ended_at is not None and one.ended_at < ended_before:
                del self.letters[one.id]

    async def waiting(self) -> dict[tuple[str, str], int]:
        return dict(
            Counter(
                (one.death.service, one.death.failure.kind)
                for one in self.letters.values()
                if one.state is State.WAITING
            )
        )


@dataclass
class FakeListeners:
    """Remembers what was said again to whom."""

    again: list[Letter] = field(default_factory=list)
    discarded: list[Letter] = field(default_factory=list)
    away: bool = False

    async def say_again(self, letter: Letter) -> None:
        if self.away:
            raise Away("nobody there")
        self.again.append(letter)

    async def say_discarded(self, letter: Letter) -> None:
        if self.away:
            raise Away("nobody there")
        self.discarded.append(letter)


def _who(death: Death) -> tuple[str, str, int]:
    return death.durable, death.message_id, death.generation


def _fits(one: Letter, wanted: Wanted) -> bool:
    death = one.death
    said = {
        death.failure.fingerprint: wanted.fingerprint,
        death.service: wanted.service,
        death.type: wanted.type,
        death.failure.kind: wanted.kind,
        one.state.value: wanted.state,
    }
    young = wanted.died_before is not None and death.at >= wanted.died_before
    return not young and all(want is None or have == want for have, want in said.items())


def _group(letters: list[Letter]) -> Group:
    latest = max(letters, key=lambda one: one.death.at)
    states = Counter(one.state for one in letters)
    return Group(
        fingerprint=latest.death.failure.fingerprint,
        latest=latest.death.failure,
        services=sorted({one.death.service for one in letters}),
        types=sorted({one.death.type for one in letters}),
        counts={state: states[state] for state in State},
        first_seen=min(one.first_seen for one in letters),
        last_seen=latest.death.at,
    )
