"""The three ways to ask about a fact."""

import random
import re
from dataclasses import dataclass
from typing import Final

from services.quiz.generate.facts import Fact
from services.quiz.generate.terms import Kind, Term
from services.quiz.generate.text import DocumentText
from services.quiz.model.draft import Draft
from services.quiz.model.question import Span, Type

GAP: Final = "_____"
CHOICES: Final = 4


@dataclass(frozen=True, slots=True)
class Asker:
    """Turns facts into questions; chance comes from the seed and the fact alone."""

    text: DocumentText
    seed: str

    def single(self, fact: Fact, others: list[Term]) -> Draft | None:
        """Ask to choose among the answer and three wrong ones."""
        if len(others) < CHOICES - 1:
            return None
        right = fact.term.words
        options = [right, *(term.words for term in others[: CHOICES - 1])]
        if fact.term.kind is Kind.YEAR:
            options.sort()
        else:
            self._chance(fact).shuffle(options)
        return self._draft(fact, Type.SINGLE, _question(fact), options, right)

    def true_false(self, fact: Fact, others: list[Term], *, true: bool) -> Draft | None:
        """State the fact, or state it of something else."""
        if not true and not others:
            return None
        stem = _statement(fact, None if true else others[0].words)
        return self._draft(fact, Type.TRUE_FALSE, stem, ["True", "False"], str(true))

    def cloze(self, fact: Fact, accepted: list[str]) -> Draft | None:
        """Ask to fill the answer in."""
        words = len(fact.answer.text.split())
        stem = f"{_gapped(fact)} ({words} words)" if words > 1 else _gapped(fact)
        return self._draft(fact, Type.CLOZE, stem, [], fact.answer.text, accepted)

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


def _question(fact: Fact) -> str:
    if fact.subject is None:
        return f"Which words complete the sentence? {_gapped(fact)}"
    rest = _spaced(fact.sentence.span.text[len(fact.subject.text) :]).rstrip(".")
    who = "Who" if fact.term.kind is Kind.PERSON else "Which of these"
    return f"{who} {rest}?"


def _gapped(fact: Fact) -> str:
    before, after = _around(fact)
    return _spaced(f"{before}{GAP}{after}")


def _statement(fact: Fact, instead: str | None) -> str:
    if instead is None:
        return _spaced(fact.sentence.span.text)
    before, after = _around(fact)
    words = _spaced(f"{before}{instead}{after}")
    return words[0].upper() + words[1:]


def _around(fact: Fact) -> tuple[str, str]:
    whole, answer = fact.sentence.span, fact.answer
    start = answer.start_char - whole.start_char
    return whole.text[:start], whole.text[start + len(answer.text) :]


def _spaced(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip()
