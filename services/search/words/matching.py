"""Whether a passage agrees with a question, and where."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
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
        return [Span(*found) for found in apart.spans(sorted(numbers))]

    def _judge(self, new: AbstractSet[str]) -> None:
        self._judged |= new
        begun = self._begun
        for written in new:
            exact, stem = forms_of(written)
            if stem in self._stems or (begun and exact.startswith(begun)):
                self._wanted.add(written)


def keeps_to(hit: Hit, looked_for: Terms) -> bool:
    """Say whether a hit has all that is needed and nothing unwanted.

    A text is taken apart once at most: a question may have hundreds of parts, each with a say.
    """
    if not looked_for.binding:
        return True
    title, text = _Told(hit.about.description.title), _Told(hit.passage.text)
    if not all((title if run.title else text).has(run) for run in looked_for.needed):
        return False
    shown = (text, _Told(hit.passage.heading or ""), title)
    return not any(
        told.shows(run)
        for run in looked_for.unwanted
        for told in ((title,) if run.title else shown)
    )


def has(text: str, run: Run) -> bool:
    """Say whether a run stands in a text: a phrase as written, else in any form."""
    return _Told(text).has(run)


class _Told:
    """A text that is taken apart when it is asked about, once, and not for what it cannot have."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._letters = text.lower() if text.isascii() else None

    def has(self, run: Run) -> bool:
        if run.form is Form.PHRASE:
            return self.shows(run)
        stems = f" {' '.join(run.stems)} " in self._lines[1]
        return stems or (run.form is Form.BEGUN and self.shows(run))

    def shows(self, run: Run) -> bool:
        """Say whether a run stands there as it was typed, to its end or only begun."""
        # The bare letters tell most texts apart; beyond ASCII they may be written otherwise.
        if self._letters is not None and not all(map(self._letters.__contains__, run.exact)):
            return False
        end = "" if run.form is Form.BEGUN else " "
        return f" {' '.join(run.exact)}{end}" in self._lines[0]

    @cached_property
    def _lines(self) -> tuple[str, str]:
        """The words between blanks: as written, and their stems."""
        forms = Apart(self._text).forms()
        exact, stems = [exact for exact, _ in forms], [stem for _, stem in forms]
        return f" {' '.join(exact)} ", f" {' '.join(stems)} "


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
