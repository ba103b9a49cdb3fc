"""What people call things: titles, names, tags and file names, tidied up and within bounds."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from shared.problems import Problem

_TITLE: Final = 500
_COLLECTION: Final = 200
_TAG: Final = 100
_TAGS: Final = 50
_FILENAME: Final = 255


class BadLabel(
    Problem,
    code="invalid-label",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="A title, a name or a tag cannot be used",
):
    """It is empty, too long, or there are too many."""


def filename_of(path: str) -> str:
    """Take the last part of whatever path a browser sent."""
    return plain(path.replace("\\", "/").rsplit("/", 1)[-1])[:_FILENAME] or "document"


def title_of(title: str) -> str:
    """Tidy a title up, and insist that there is one."""
    title = plain(title)
    if not title or len(title) > _TITLE:
        raise BadLabel(f"a title has 1 to {_TITLE} characters")
    return title


def collection_name_of(name: str) -> str:
    """Tidy a collection's name up, and insist that there is one."""
    name = plain(name)
    if not name or len(name) > _COLLECTION:
        raise BadLabel(f"a collection's name has 1 to {_COLLECTION} characters")
    return name


def tags_of(tags: Iterable[str]) -> tuple[str, ...]:
    """Tidy tags up, each once, and insist that they can be used."""
    kept = tuple(dict.fromkeys(plain(tag) for tag in tags))
    if len(kept) > _TAGS or any(not tag or len(tag) > _TAG for tag in kept):
        raise BadLabel(f"there are at most {_TAGS} tags, of 1 to {_TAG} characters each")
    return kept


def title_after(filename: str) -> str:
    """Name a document after its file."""
    stem, dot, _ = filename.rpartition(".")
    return (stem.strip() if dot and stem else filename)[:_TITLE]


def plain(text: str) -> str:
    """Leave what can be shown and stored: no controls, no surrogates, single spaces."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(shown.split())
