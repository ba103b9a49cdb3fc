"""The three ways to ask about a fact."""

import random
import re
from dataclasses import dataclass
from typing import Final

from services.quiz.generate.facts import Fact, Form
from services.quiz.generate.language import content
from services.quiz.generate.others import Other
from services.quiz.generate.phrases import Kind, plural, written
from services.quiz.generate.terms import akin
from services.quiz.generate.text import DocumentText
from services.quiz.model.draft import Draft
from services.quiz.model.question import Span, Type

GAP: Final = "_____"
CHOICES: Final = 4

_WORTH_OFFERING: Final = 3.0
"""A wrong answer less near than this is seen through at once."""
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Asker:
    """Turns facts into questions; chance comes from the seed and the fact alone."""

    text: DocumentText
    seed: str

    def single(self, fact: Fact, others: list[Other]) -> Draft | None:
        """Ask to choose among the answer and three wrong ones."""
        chosen = others[: CHOICES - 1]
        if len(chosen) < CHOICES - 1 or _gives_away(fact, chosen):
            return None
        if _needs_nearness(fact) and not _worth_offering(fact, chosen):
            return None
        right = _answer(fact)
        options = [right, *(other.words for other in chosen)]
        if fact.term.kind in {Kind.YEAR, Kind.NUMBER}:
            options.sort(key=int)
        else:
            self._chance(fact).shuffle(options)
        return self._draft(fact, Type.SINGLE, _question(fact), options, right)

    def true_false(self, fact: Fact, others: list[Other], *, true: bool) -> Draft | None:
        """State the fact, or state it of something else."""
        if true:
            return self._draft(fact, Type.TRUE_FALSE, _statement(fact), ["True", "False"], "True")
        for other in others:
            if not _needs_nearness(fact) or _plausible(other, fact):
                stem = _statement(fact, other.words)
                return self._draft(fact, Type.TRUE_FALSE, stem, ["True", "False"], "False")
        return None

    def cloze(self, fact: Fact, aliases: list[str]) -> Draft | None:
        """Ask to fill the answer in."""
        if _leaked(fact) or fact.form is Form.DATING:
            return None
        answer = _answer(fact)
        accepted = {fact.answer.text, *fact.term.every_form(), *aliases} - {answer}
        words = len(answer.split())
        stem = f"{_gapped(fact)} ({words} words)" if words > 1 else _gapped(fact)
        return self._draft(fact, Type.CLOZE, stem, [], answer, sorted(accepted))

    def _draft(  # a question has these parts
        self,
        fact: Fact,
        type_: Type,
        stem: str,
        options: list[str],
        right: str,
        accepted: list[str] | None = None,
    ) -> Draft:
        sentence = fact.sentence
        return Draft(
            type=type_,
            stem=stem,
            options=tuple(options),
            key=options.index(right) if options else -1,
            answer=right,
            accepted=tuple(accepted or ()),
            page=self.text.page_at(sentence.start),
            quoted=Span(sentence.start, sentence.end),
            quote=self.text.text[sentence.start : sentence.end],
            fact=Span(*sentence.place_of(fact.answer)),
        )

    def _chance(self, fact: Fact) -> random.Random:
        return random.Random(f"{self.seed}/{fact.sentence.start}")  # noqa: S311  # not a secret


def _worth_offering(fact: Fact, chosen: list[Other]) -> bool:
    """Whether none is seen through at once, and the right one is not alone of its sort."""
    if chosen[-1].nearness < _WORTH_OFFERING:
        return False
    of_one_sort = sum(akin(other.term, fact.term) for other in chosen)
    acts = fact.form in {Form.DOING, Form.EXPLAINING} and " " in fact.term.key
    return not acts or of_one_sort >= CHOICES // 2


def _needs_nearness(fact: Fact) -> bool:
    """Whether a wrong answer must be near by: terms are many, and most are out of the question."""
    return fact.term.kind is Kind.TERM and fact.form is not Form.STANDING


def _plausible(other: Other, fact: Fact) -> bool:
    """Whether one could take a thing for the right one, and the sentence stays one."""
    term, right = other.term, fact.term
    return akin(term, right) and term.with_article == right.with_article


def _answer(fact: Fact) -> str:
    return fact.term.words(of_several=plural(fact.answer)) or written(fact.answer)


def _leaked(fact: Fact) -> frozenset[str]:
    """Find words of the answer that the rest of the sentence repeats."""
    whole, answer = fact.sentence.span, fact.answer
    before, after = whole.doc[whole.start : answer.start], whole.doc[answer.end : whole.end]
    return content(answer) & (content(before) | content(after))


def _gives_away(fact: Fact, others: list[Other]) -> bool:
    """Whether the question repeats a word of the answer that most wrong ones lack."""
    return any(
        sum(word in other.term.key.split() for other in others) < CHOICES // 2
        for word in _leaked(fact)
    )


def _question(fact: Fact) -> str:
    if fact.subject is None:
        return f"Which words complete the sentence? {_gapped(fact)}"
    rest = _spaced(fact.sentence.span.text[len(fact.subject.text) :]).rstrip(".")
    who = "Who" if fact.term.kind is Kind.PERSON else "Which of these"
    return f"{who} {rest}?"


def _gapped(fact: Fact) -> str:
    before, after = _around(fact)
    return _spaced(f"{before}{GAP}{after}")


def _statement(fact: Fact, instead: str | None = None) -> str:
    before, after = _around(fact)
    words = _spaced(f"{before}{instead or fact.answer.text}{after}")
    return words[0].upper() + words[1:]


def _around(fact: Fact) -> tuple[str, str]:
    whole, answer = fact.sentence.span, fact.answer
    start = answer.start_char - whole.start_char
    return whole.text[:start], whole.text[start + len(answer.text) :]


def _spaced(words: str) -> str:
    return _SPACES.sub(" ", words).strip()
