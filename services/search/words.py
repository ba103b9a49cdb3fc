"""How text becomes words: the one place that decides, for the index, the snippets and the fakes."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from services.search.model.question import Question
from services.search.model.snippet import Span

LONGEST: Final = 64
"""Characters of a word that count."""

# Scripts that set no blanks between words; each sign is a word, and a search looks for neighbours.
_SIGN: Final = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u0e00-\u0eff"
)
_PLANES: Final = (range(0x20000), range(0xE0100, 0xE01F0))
"""Where combining marks stand; a look at all of Unicode would take a quarter of a second."""

_MARK: Final = "".join(
    re.escape(chr(code))
    for plane in _PLANES
    for code in plane
    if unicodedata.category(chr(code))[0] == "M"
)
_WORD: Final = re.compile(rf"[{_SIGN}][{_MARK}]*|[^\W_{_SIGN}]+(?:[{_MARK}]+[^\W_{_SIGN}]*)*")
_IS_SIGN: Final = re.compile(rf"[{_SIGN}]")

_STOP: Final = frozenset(
    "a an and are as at be but by can could did do does for from had has have he her his how i if"  # noqa: SIM905
    " in into is it its me my no not of on or our she should so such than that the their them then"
    " there these they this to us was we were what when where which who why will with would you"
    " your".split()
)
_STEMMER: Final = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english")).build()


class Word(NamedTuple):
    """A word of a text: where it stands, as written but for case and accents, and its stem."""

    start: int
    end: int
    exact: str
    stem: str


class Terms(NamedTuple):
    """A question in words: runs that are wanted (any), that must be there, that must not."""

    wanted: tuple[tuple[Word, ...], ...]
    needed: tuple[tuple[Word, ...], ...]
    unwanted: tuple[tuple[Word, ...], ...]


def words(text: str) -> Iterator[Word]:
    """Take a text apart."""
    for match in _WORD.finditer(text):
        exact, stem = _forms(match[0])
        yield Word(match.start(), match.end(), exact, stem)


def terms(question: Question) -> Terms:
    """Take a question apart; its little words count only where there are no others."""
    runs = {
        tuple(word.exact for word in run): run
        for typed in question.words
        for run in _runs(tuple(words(typed)))
    }
    telling = tuple(run for exact, run in runs.items() if len(exact) > 1 or exact[0] not in _STOP)
    return Terms(
        telling or tuple(runs.values()),
        tuple(run for phrase in question.phrases if (run := tuple(words(phrase)))),
        tuple(run for phrase in question.without if (run := tuple(words(phrase)))),
    )


def marks(text: str, looked_for: Terms) -> list[Span]:
    """Find what a question's words and phrases match in a text, in order."""
    wanted = {word.stem for run in looked_for.wanted for word in run}
    phrased = {word.exact for run in looked_for.needed for word in run}
    return [
        Span(word.start, word.end, word.stem)
        for word in words(text)
        if word.stem in wanted or word.exact in phrased
    ]


def keeps_to(text: str, looked_for: Terms) -> bool:
    """Say whether a text has every phrase and nothing unwanted."""
    exact = f" {' '.join(word.exact for word in words(text))} "

    def has(run: tuple[Word, ...]) -> bool:
        return f" {' '.join(word.exact for word in run)} " in exact

    return all(map(has, looked_for.needed)) and not any(map(has, looked_for.unwanted))


def _runs(typed: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    """Keep `e-mail` together as a run of two; of signs without blanks every pair is a run."""
    if len(typed) > 1 and any(_IS_SIGN.match(word.exact) for word in typed):
        yield from pairwise(typed)
    elif typed:
        yield typed


@lru_cache(maxsize=100_000)
def _forms(written: str) -> tuple[str, str]:
    """Fold case, width, ligatures and accents, then cut English endings."""
    # A ligature may stand for several words, as U+FDFA does; it stays one, without the blanks.
    folded = "".join(unicodedata.normalize("NFKD", written.casefold()).split())
    exact = (
        "".join(char for char in folded if not unicodedata.combining(char))[:LONGEST]
        or written[:LONGEST]
    )
    return exact, _STEMMER.analyze(exact)[0]
