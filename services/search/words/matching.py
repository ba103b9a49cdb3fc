"""Whether a passage agrees with a question, and where."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from services.search.model.passage import Hit
from services.search.model.question import Form
from services.search.model.snippet import Span
from services.search.words.terms import Run, Terms
from services.search.words.text import Word, words, words_of

_NOTHING: Final[frozenset[str]] = frozenset()


def marks(text: str, looked_for: Terms, corrected: AbstractSet[str] = _NOTHING) -> list[Span]:
    """Find what a question's words and phrases match in a text, in order.

    `corrected` are the stems of words that were taken for mistyped ones.
    """
    single = [run for run in looked_for.wanted if len(run.words) == 1]
    stems = {run.words[0].stem for run in single} | corrected
    begun = tuple(run.words[0].exact for run in single if run.form is Form.BEGUN)
    found = {word.start: word for word in words_of(text, stems, begun)}
    if several := [
        run
        for run in (*looked_for.wanted, *looked_for.needed)
        if not run.title and (len(run.words) > 1 or run.form is Form.PHRASE)
    ]:
        inside = list(words(text))
        for run in several:
            found |= _neighbours(inside, run)
    return [Span(word.start, word.end, word.stem) for _, word in sorted(found.items())]


def keeps_to(hit: Hit, looked_for: Terms) -> bool:
    """Say whether a hit has all that is needed and nothing unwanted."""
    return all(_has(hit, run) for run in looked_for.needed) and not any(
        _shows(hit, run) for run in looked_for.unwanted
    )


def has(text: str, run: Run) -> bool:
    """Say whether a run stands in a text: a phrase as written, else in any form."""
    found = words(text)
    if run.form is Form.BEGUN:
        beginning, stem = run.words[0].exact, run.words[0].stem
        return any(word.exact.startswith(beginning) or word.stem == stem for word in found)
    if run.form is Form.PHRASE:
        return _within(run.exact, (word.exact for word in found))
    return _within(run.stems, (word.stem for word in found))


def _has(hit: Hit, run: Run) -> bool:
    return has(hit.about.description.title if run.title else hit.passage.text, run)


def _shows(hit: Hit, run: Run) -> bool:
    """Say whether what is shown of a hit has an unwanted run, word by word as it was typed."""
    title = hit.about.description.title
    shown = (title,) if run.title else (hit.passage.text, hit.passage.heading or "", title)
    if run.form is Form.BEGUN:
        beginning = run.words[0].exact
        return any(word.exact.startswith(beginning) for text in shown for word in words(text))
    return any(_within(run.exact, (word.exact for word in words(text))) for text in shown)


def _within(run: tuple[str, ...], inside: Iterable[str]) -> bool:
    return f" {' '.join(run)} " in f" {' '.join(inside)} "


def _neighbours(inside: list[Word], run: Run) -> dict[int, Word]:
    phrase = run.form is Form.PHRASE
    sought = run.exact if phrase else run.stems
    there = [word.exact if phrase else word.stem for word in inside]
    size = len(sought)
    return {
        word.start: word
        for at in range(len(there) - size + 1)
        if tuple(there[at : at + size]) == sought
        for word in inside[at : at + size]
    }
