"""Files that are read part by part: pages, slides, chapters, sheets. One that fails harms no other.

What was read of a part is written down at once, so that whoever reads on after a fall, or again
another day, begins where the writing ends.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

from services.document.extract.leaves import Leaf, Log, Mark, Rows
from services.document.extract.outcome import Extracted, Limits, TooMuch
from services.document.extract.recognise import Eyes
from services.document.model.facts import Trouble, Unreadable

_TROUBLES: Final = 100
_ADVICE: Final = (
    "this page is a picture without words of its own; where the mesh has recognition"
    " (tesseract) installed, a retry reads it"
)


class Picture(Exception):
    """The part has no words of its own, but a picture that may show some; others were put on it."""

    def __init__(self, rows: Rows = ()) -> None:
        super().__init__("a picture")
        self.rows = rows


class Doubtful(Exception):
    """What was read of the part is kept, but it is not sure; a retry reads it again."""

    def __init__(self, rows: Rows, why: Unreadable) -> None:
        super().__init__(why.detail)
        self.rows = rows
        self.why = why


class Parts(Protocol):
    """An open file."""

    @property
    def count(self) -> int: ...

    def read(self, number: int, eyes: Eyes | None) -> Rows:
        """Read one part, counted from 1; without eyes, `Picture` says that they are needed.

        `Doubtful` carries what was read, but not surely.
        """
        ...

    def compose(self, leaves: Sequence[Leaf]) -> Extracted:
        """Make a text of all that was read."""
        ...


Opened = Callable[[Path, Limits], AbstractContextManager[Parts]]


def read_on(parts: Parts, log: Log, eyes: Eyes | None, enough: Callable[[], bool]) -> None:
    """Read what is not written down yet, until it is enough for now."""
    for number in wanted(parts, log, eyes):
        log.add(number, Mark.BEGUN)
        try:
            _read(parts, log, number, eyes)
        except (MemoryError, TooMuch):
            raise
        except Exception:  # noqa: BLE001  # a stranger's file may break a parser in any way
            log.fail(number, "corrupt", "this part of the file cannot be read")
        if enough():
            return


def _read(parts: Parts, log: Log, number: int, eyes: Eyes | None) -> None:
    try:
        rows = parts.read(number, eyes)
    except Picture as picture:
        log.add(number, Mark.PICTURE, picture.rows)
    except Doubtful as doubtful:
        log.doubt(number, doubtful.rows, doubtful.why.code, doubtful.why.detail)
    except TooMuch:
        raise
    except Unreadable as unreadable:
        log.fail(number, unreadable.code, unreadable.detail)
    else:
        log.add(number, Mark.READ, rows)


def wanted(parts: Parts, log: Log, eyes: Eyes | None) -> list[int]:
    """Name the parts that are to be read; with eyes, pictures are looked at once more."""
    settled = {Mark.READ, Mark.DOUBTED, Mark.FAILED} | (set() if eyes else {Mark.PICTURE})
    marks = log.marks()
    return [number for number in range(1, parts.count + 1) if marks.get(number) not in settled]


def composed(parts: Parts, log: Log) -> Extracted:
    """Make a text of what is written down; what is not becomes a trouble."""
    leaves = [_told(leaf) for leaf in log.leaves(parts.count)]
    try:
        return parts.compose(leaves)
    except Unreadable as unreadable:
        trouble = next((leaf.trouble for leaf in leaves if leaf.trouble is not None), None)
        if unreadable.code != "no-text" or trouble is None:
            raise
        raise Unreadable(trouble.code, f"nothing of it can be read: {trouble.detail}") from None


def troubles_of(leaves: Sequence[Leaf]) -> tuple[Trouble, ...]:
    """Give what could not be read, in order, as far as anybody wants to know."""
    found = (leaf.trouble for leaf in leaves)
    return tuple(trouble for trouble in found if trouble is not None)[:_TROUBLES]


def _told(leaf: Leaf) -> Leaf:
    if leaf.mark is Mark.PICTURE:
        return leaf.failing("no-text", _ADVICE)
    if leaf.mark is Mark.BEGUN:
        return leaf.failing("not-read", "reading ended before this part; a retry reads on")
    return leaf
