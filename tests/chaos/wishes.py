"""What people asked for and what they were told: one line a wish, under one id for ever."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7


class Answer(StrEnum):
    """How a wish ended for who had it."""

    YES = "yes"
    """Acknowledged with 2xx."""
    UNSURE = "unsure"
    """No answer that says whether it was done."""
    NO = "no"
    """Refused for good, which nothing here should be."""


class Kind(StrEnum):
    """What people wish."""

    REGISTER = "register"
    UPLOAD = "upload"
    EDIT = "edit"
    DELETE = "delete"
    COLLECT = "collect"
    DISSOLVE = "dissolve"
    PREFER = "prefer"
    QUIZ = "quiz"
    START = "start"
    ANSWER = "answer"
    FINISH = "finish"


@dataclass(slots=True)
class Wish:
    """One wish. Its id is the request's correlation, and so stands in all that it causes."""

    kind: Kind
    person: str
    about: str = ""
    """The id of the thing that is changed, where it is there before."""
    told: dict[str, Any] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid7)
    tries: int = 0
    answer: Answer = Answer.UNSURE
    made: str = ""
    """The id of what came into being."""


@dataclass(slots=True)
class Wishes:
    """The producer's side of the ledger, on disk as it grows."""

    path: Path
    all: list[Wish] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    """Answers that no fault excuses."""
    statuses: Counter[str] = field(default_factory=Counter)

    def note(self, wish: Wish) -> None:
        """Write down how a wish ended."""
        self.all.append(wish)
        row = {name: getattr(wish, name) for name in Wish.__slots__}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, default=str) + "\n")

    def of(self, kind: Kind, answer: Answer | None = None) -> Iterator[Wish]:
        """Give those of one kind, and of one end if asked."""
        return (one for one in self.all if one.kind is kind and answer in {None, one.answer})

    def about(self, kind: Kind) -> set[str]:
        """Name what wishes of a kind were about, however they ended."""
        return {one.about for one in self.of(kind)}
