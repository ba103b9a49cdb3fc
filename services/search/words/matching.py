"""Whether a passage agrees with a question, and where."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from services.search.model.passage import Hit
from services.search.model.question import Form
from services.search.model.snippet import Span
from services.search.words.terms import Run, Terms
from services.search.words.text import Apart, forms_of

_NOTHING: Final[frozenset[str]] = frozenset()


class Marking:
    """Finds what a question's words and phrases match in one text after the other.

    `corrected` are the stems of words that were taken for mistyped ones.
    """

    def __init__(self, looked_for: Terms, corrected: AbstractSet[str] = _NOTHING) -> None:
        single = [run for run in looked_for.wanted if len(run.words) == 1]
        self._stems = {run.words[0].stem for run in single} | corrected
        self._begun = tuple(run.words[0].exact for run in single if run.form is Form.BEGUN)
        self._several = [
            run
            for run in (*looked_for.wanted, *looked_for.needed)
            if not run.title and (len(run.words) > 1 or run.form is Form.PHRASE)
        ]
        # The texts of an answer share most of their words; each is looked at once.
        self._judged: set[str] = set()
        self._wanted: set[str] = set()

    def marks(self, text: str) -> list[Span]:
        """List the matches in order."""
        apart = Apart(text)
        vocabulary = apart.vocabulary
        self._judge(vocabulary - self._judged)
        numbers: set[int] = set()
        if not self._wanted.isdisjoint(vocabulary):
            numbers.update(apart.numbers_of(self._wanted))
        if self._several:
            forms = apart.forms()
            for run in self._several:
                numbers |= _neighbours(forms, run)
        if not numbers:
            return []
        return [Span(word.start, word.end, word.stem) for word in apart.words(sorted(numbers))]

    def _judge(self, new: AbstractSet[str]) -> None:
        self._judged |= new
        for written in new:
            exact, stem = forms_of(written)
            if stem in self._stems or exact.startswith(self._begun):
                self._wanted.add(written)


def keeps_to(hit: Hit, looked_for: Terms) -> bool:
    """Say whether a hit has all that is needed and nothing unwanted."""
    return all(_has(hit, run) for run in looked_for.needed) and not any(
        _shows(hit, run) for run in looked_for.unwanted
    )


def has(text: str, run: Run) -> bool:
    """Say whether a run stands in a text: a phrase as written, else in any form."""
    forms = Apart(text).forms()
    if run.form is Form.BEGUN:
        beginning, stem = run.words[0].exact, run.words[0].stem
        return any(exact.startswith(beginning) or found == stem for exact, found in forms)
    if run.form is Form.PHRASE:
        return _within(run.exact, (exact for exact, _ in forms))
    return _within(run.stems, (stem for _, stem in forms))


def _has(hit: Hit, run: Run) -> bool:
    return has(hit.about.description.title if run.title else hit.passage.text, run)


def _shows(hit: Hit, run: Run) -> bool:
    """Say whether what is shown of a hit has an unwanted run, word by word as it was typed."""
    title = hit.about.description.title
    shown = (title,) if run.title else (hit.passage.text, hit.passage.heading or "", title)
    exact = [[exact for exact, _ in Apart(text).forms()] for text in shown]
    if run.form is Form.BEGUN:
        beginning = run.words[0].exact
        return any(word.startswith(beginning) for words in exact for word in words)
    return any(_within(run.exact, words) for words in exact)


def _within(run: tuple[str, ...], inside: Iterable[str]) -> bool:
    return f" {' '.join(run)} " in f" {' '.join(inside)} "


def _neighbours(forms: Sequence[tuple[str, str]], run: Run) -> set[int]:
    """Number the words that stand side by side as a run has them: a phrase as it is written."""
    phrase = run.form is Form.PHRASE
    sought = run.exact if phrase else run.stems
    there = [exact if phrase else stem for exact, stem in forms]
    size = len(sought)
    return {
        number
        for at, word in enumerate(there)
        if word == sought[0] and tuple(there[at : at + size]) == sought
        for number in range(at, at + size)
    }
