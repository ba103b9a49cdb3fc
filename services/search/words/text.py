"""How text becomes words: the one place that decides, for the index, the snippets and the fakes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

LONGEST: Final = 64
"""Characters of a word that count."""

# Scripts that set no blanks between words; each sign is a word, and a search looks for neighbours.
_SIGN: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff"
_RARE_SIGN: Final = "\U00020000-\U0003ffff"
_MARKS: Final = range(0x10000)
_RARE_MARKS: Final = (range(0x10000, 0x20000), range(0xE0100, 0xE01F0))
"""Where combining marks stand; a look at all of Unicode would take a quarter of a second."""


def _marks(*planes: Iterable[int]) -> str:
    return "".join(
        re.escape(chr(code))
        for plane in planes
        for code in plane
        if unicodedata.category(chr(code))[0] == "M"
    )


def _word(sign: str, mark: str) -> re.Pattern[str]:
    return re.compile(rf"([{sign}][{mark}]*|[^\W_{sign}]+(?:[{mark}]+[^\W_{sign}]*)*)")


_WORD: Final = _word(_SIGN, _marks(_MARKS))
"""Five times as quick as the whole: a set of signs below U+10000 is a table to `re`."""

_PLAIN_WORD: Final = re.compile("([A-Za-z0-9]+)")
"""The same in a text that has nothing but ASCII, twice as quick."""

_RARE_WORD: Final = _word(_SIGN + _RARE_SIGN, _marks(_MARKS, *_RARE_MARKS))
_IS_RARE: Final = re.compile("[\U00010000-\U0010ffff]")
_IS_SIGN: Final = re.compile(rf"[{_SIGN}{_RARE_SIGN}]")

_STEMMER: Final = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english")).build()


class Word(NamedTuple):
    """A word of a text: where it stands, as written but for case and accents, and its stem."""

    start: int
    end: int
    exact: str
    stem: str

    @property
    def is_sign(self) -> bool:
        """Say whether its script sets no blanks between words."""
        return _IS_SIGN.match(self.exact) is not None


def words(text: str) -> Iterator[Word]:
    """Take a text apart."""
    for match in _pattern(text).finditer(text):
        exact, stem = forms_of(match[0])
        yield Word(match.start(), match.end(), exact, stem)


class Apart:
    """A text taken apart in a few steps; where words stand is looked at only for those wanted."""

    def __init__(self, text: str) -> None:
        # Each word, and what stands before and behind it: their lengths tell where it stands.
        self._pieces = _pattern(text).split(text)
        self._written = self._pieces[1::2]

    @property
    def vocabulary(self) -> AbstractSet[str]:
        """Each different word, as written."""
        return frozenset(self._written)

    def numbers_of(self, written: AbstractSet[str]) -> list[int]:
        """Number the places where such words stand, from 0."""
        return [number for number, one in enumerate(self._written) if one in written]

    def forms(self) -> list[tuple[str, str]]:
        """List how each word is written, but for case and accents, and its stem."""
        return [forms_of(one) for one in self._written]

    def spans(self, numbers: Iterable[int]) -> Iterator[tuple[int, int, str]]:
        """Tell where the words of these numbers begin and end, and their stems."""
        ends = list(accumulate(map(len, self._pieces)))
        for number in numbers:
            yield ends[2 * number], ends[2 * number + 1], forms_of(self._written[number])[1]


def counted(texts: Iterable[str]) -> Counter[str]:
    """Count how often each word stands in some texts, as written."""
    each: Counter[str] = Counter()
    for text in texts:
        each.update(_pattern(text).findall(text))
    return each


@lru_cache(maxsize=100_000)
def forms_of(written: str) -> tuple[str, str]:
    """Fold case, width, ligatures and accents, then cut English endings."""
    # A ligature may stand for several words, as U+FDFA does; it stays one, without the blanks.
    folded = "".join(unicodedata.normalize("NFKD", written.casefold()).split())
    exact = (
        "".join(char for char in folded if not unicodedata.combining(char))[:LONGEST]
        or written[:LONGEST]
    )
    return exact, _STEMMER.analyze(exact)[0]


def _pattern(text: str) -> re.Pattern[str]:
    if text.isascii():
        return _PLAIN_WORD
    return _RARE_WORD if _IS_RARE.search(text) else _WORD
