"""A question in words: what is wanted, what must be there, what must not."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from services.search.model.question import Form, Part, Question
from services.search.words.text import Word, words

MOST: Final = 100
"""Different words of a question that are looked for; a longer one has enough of them."""

SHORTEST_BEGINNING: Final = 2

_LITTLE: Final = frozenset(
    "a an and are as at be but by can could did do does for from had has have he her his how i if"  # noqa: SIM905
    " in into is it its me my no not of on or our she should so such than that the their them then"
    " there these they this to us was we were what when where which who why will with would you"
    " your".split()
)


class Run(NamedTuple):
    """Words that stand side by side in this order, mostly one, and how they are to be matched."""

    words: tuple[Word, ...]
    form: Form = Form.WORD
    title: bool = False

    @property
    def exact(self) -> tuple[str, ...]:
        """The words as written, but for case and accents."""
        return tuple(word.exact for word in self.words)

    @property
    def stems(self) -> tuple[str, ...]:
        """The words without their English endings."""
        return tuple(word.stem for word in self.words)


class Terms(NamedTuple):
    """A hit has each of `needed`, none of `unwanted`, and, if `choosy`, one of `wanted`."""

    wanted: tuple[Run, ...]
    needed: tuple[Run, ...]
    unwanted: tuple[Run, ...]

    @property
    def choosy(self) -> bool:
        """Say whether a hit must have a wanted word: a phrase of its text is enough without."""
        return bool(self.wanted) and all(run.title for run in self.needed)

    @property
    def binding(self) -> bool:
        """Say whether there are things that a hit must have or must not have."""
        return bool(self.needed or self.unwanted)

    @property
    def empty(self) -> bool:
        """Say whether there is no word in it at all."""
        return not (self.wanted or self.needed or self.unwanted)


@lru_cache(maxsize=100)
def terms(question: Question) -> Terms:
    """Take a question apart; its little words count only where there are no others.

    Each part of a search asks for it again.
    """
    wanted = {run.exact: run for part in question.wanted for run in _runs(part)}
    telling = tuple(run for exact, run in wanted.items() if len(exact) > 1 or not _little(run))
    return Terms(
        (telling or tuple(wanted.values()))[:MOST],
        tuple(run for part in question.needed for run in _runs(part)),
        tuple(run for part in question.unwanted for run in _runs(part)),
    )


def _runs(part: Part) -> Iterator[Run]:
    """Keep `e-mail` together as a run of two; of signs without blanks every pair is a run."""
    found = tuple(words(part.text))
    if not found:
        return
    signs = any(word.is_sign for word in found)
    if part.form is Form.PHRASE:
        yield Run(found, part.form, part.title)
    elif len(found) > 1 and signs:
        yield from (Run(pair, Form.WORD, part.title) for pair in pairwise(found))
    elif len(found) > 1 or signs or len(found[0].exact) < SHORTEST_BEGINNING:
        yield Run(found, Form.WORD, part.title)
    else:
        yield Run(found, part.form, part.title)


def _little(run: Run) -> bool:
    return run.words[0].exact in _LITTLE
