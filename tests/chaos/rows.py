"""What people were promised, as rows: each thing once, and each thing that changes at its last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.chaos.effects import column, pairs
from tests.chaos.ledger import Account
from tests.chaos.rig import Rig
from tests.chaos.wishes import Answer, Kind, Wish, Wishes

_READY: Final = (
    "SELECT replace(filename, '.md', '') FROM documents WHERE status = 'ready' AND NOT deleted"
)
_QUIZZES: Final = "SELECT title FROM quizzes WHERE status = 'ready'"
_ATTEMPTS: Final = "SELECT key FROM wishes JOIN quiz_attempts ON made = quiz_attempts.id"
_ANSWERS: Final = "SELECT id || '/' || jsonb_object_keys(responses) FROM quiz_attempts"
_DOCUMENTS_TOLD: Final = "SELECT about FROM notifications WHERE type = 'document.ready'"
_QUIZZES_TOLD: Final = "SELECT about FROM notifications WHERE type = 'quiz.ready'"


def _own(wish: Wish) -> str:
    return str(wish.id)


def _made(wish: Wish) -> str:
    return wish.made


def _person(wish: Wish) -> str:
    return wish.person


def _about(wish: Wish) -> str:
    return wish.about


def _document(wish: Wish) -> str:
    return str(wish.told["document"])


def _live(wish: Wish) -> str:
    return str(wish.told["quiz"]["live"]).lower()


@dataclass(frozen=True, slots=True)
class _Promise:
    """Each wish of a kind has one row, until another wish takes the thing away."""

    name: str
    service: str
    query: str
    kind: Kind
    by: Callable[[Wish], str]
    """How a row names the wish."""
    until: Kind | None = None
    of: Callable[[Wish], str] = _made
    """What has to be there for as long: the thing itself, or what it is about."""


_PROMISES: Final = (
    _Promise("people", "identity", "SELECT email FROM people", Kind.REGISTER, _person),
    _Promise("ready documents", "document", _READY, Kind.UPLOAD, _own, Kind.DELETE),
    _Promise(
        "collections", "document", "SELECT name FROM collections", Kind.COLLECT, _own, Kind.DISSOLVE
    ),
    _Promise("ready quizzes", "quiz", _QUIZZES, Kind.QUIZ, _own),
    _Promise("attempts", "quiz", _ATTEMPTS, Kind.START, _own),
    _Promise("answers", "quiz", _ANSWERS, Kind.ANSWER, _about, Kind.DELETE, _document),
    _Promise("documents told of", "notification", _DOCUMENTS_TOLD, Kind.UPLOAD, _made, Kind.DELETE),
    _Promise("quizzes told of", "notification", _QUIZZES_TOLD, Kind.QUIZ, _made),
)


async def accounts(rig: Rig, wishes: Wishes) -> list[Account[str]]:
    """Lay wishes and rows beside each other."""
    drawn = []
    for one in _PROMISES:
        gone = wishes.about(one.until) if one.until else set()
        must = {
            one.by(wish) for wish in wishes.of(one.kind, Answer.YES) if one.of(wish) not in gone
        }
        may = {one.by(wish) for wish in wishes.of(one.kind)} - must
        rows = await column(rig, one.service, one.query)
        drawn.append(Account(f"rows: {one.name}", must, rows, may))
    return drawn


async def stale(rig: Rig, wishes: Wishes) -> list[str]:
    """Name everything whose last acknowledged change is not what is kept."""
    titles = await pairs(rig, "document", "SELECT id, title FROM documents WHERE NOT deleted")
    tastes = await pairs(
        rig, "notification", "SELECT user_id, families->'quiz'->>'live' FROM preferences"
    )
    return [
        *_not_last(titles, wishes, Kind.EDIT, _own, "title of document"),
        *_not_last(tastes, wishes, Kind.PREFER, _live, "preferences of"),
    ]


def _not_last(
    kept: Mapping[str, str], wishes: Wishes, kind: Kind, value: Callable[[Wish], str], what: str
) -> list[str]:
    """Compare with the last that was acknowledged; what was never answered may have come after."""
    allowed: dict[str, set[str]] = {}
    for wish in wishes.of(kind):
        if wish.answer is Answer.YES:
            allowed[wish.about] = {value(wish)}
        else:
            allowed.setdefault(wish.about, set()).add(value(wish))
    return [
        f"{what} {about}: {kept[about]}, not {sorted(values)}"
        for about, values in allowed.items()
        if about in kept and kept[about] not in values
    ]
