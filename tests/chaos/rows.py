"""What people were promised, as rows: each thing once, and each thing that changes at its last."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.chaos.effects import column, pairs
from tests.chaos.ledger import Account
from tests.chaos.rig import Rig
from tests.chaos.wishes import Answer, Kind, Wish, Wishes

_READY: Final = (
    "SELECT replace(filename, '.md', '') FROM documents WHERE status = 'ready' AND NOT deleted"
)
_ATTEMPTS: Final = "SELECT key FROM wishes JOIN quiz_attempts ON made = quiz_attempts.id"
_NOTIFIED: Final = "SELECT about FROM notifications WHERE type = '{}'"


async def accounts(rig: Rig, wishes: Wishes) -> list[Account[str]]:
    """Lay wishes and rows beside each other."""
    gone = wishes.about(Kind.DELETE)
    there: Mapping[str, tuple[str, str, Kind, Callable[[Wish], str], set[str]]] = {
        "people": (
            "identity",
            "SELECT email FROM people",
            Kind.REGISTER,
            _person,
            set(),
        ),
        "documents that are ready": ("document", _READY, Kind.UPLOAD, _own, gone),
        "collections": (
            "document",
            "SELECT name FROM collections",
            Kind.COLLECT,
            _own,
            wishes.about(Kind.DISSOLVE),
        ),
        "quizzes that are ready": (
            "quiz",
            "SELECT title FROM quizzes WHERE status = 'ready'",
            Kind.QUIZ,
            _own,
            set(),
        ),
        "attempts": ("quiz", _ATTEMPTS, Kind.START, _own, set()),
        "notifications of documents": (
            "notification",
            _NOTIFIED.format("document.ready"),
            Kind.UPLOAD,
            _made,
            gone,
        ),
        "notifications of quizzes": (
            "notification",
            _NOTIFIED.format("quiz.ready"),
            Kind.QUIZ,
            _made,
            set(),
        ),
    }
    drawn = []
    for name, (service, query, kind, id_of, taken_away) in there.items():
        must = {id_of(one) for one in wishes.of(kind, Answer.YES) if one.made not in taken_away}
        may = {id_of(one) for one in wishes.of(kind)} - must
        drawn.append(Account(f"rows: {name}", must, await column(rig, service, query), may))
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


def _own(wish: Wish) -> str:
    return str(wish.id)


def _made(wish: Wish) -> str:
    return wish.made


def _person(wish: Wish) -> str:
    return wish.person


def _live(wish: Wish) -> str:
    return str(wish.told["quiz"]["live"]).lower()
