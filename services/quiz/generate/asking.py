"""The three ways to ask about a fact."""

import random
import re
from dataclasses import dataclass
from typing import Final

from services.quiz.generate.distractors import Distractor
from services.quiz.generate.facts import Fact, Form
from services.quiz.generate.language import content
from services.quiz.generate.phrases import Kind, plural, written
from services.quiz.generate.text import DocumentText
from services.quiz.model.draft import Draft
from services.quiz.model.question import Span, Type

GAP: Final = "_____"
CHOICES: Final = 4

_STEM: Final = 4
_SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Asker:
    """Turns facts into questions; chance comes from the seed and the fact alone."""

    text: DocumentText
    seed: str

    def single(self, fact: Fact, distractors: list[Distractor]) -> Draft | None:
        """Ask to choose among the answer and three wrong ones."""
        chosen = distractors[: CHOICES - 1]
        if len(chosen) < CHOICES - 1 or _gives_away(fact, chosen):
            return None
        right = _answer(fact)
        options = [right, *(other.words for other in chosen)]
        if fact.term.kind in {Kind.YEAR, Kind.NUMBER}:
            options.sort(key=int)
        else:
            self._chance(fact).shuffle(options)
        return self._draft(fact, Type.SINGLE, _question(fact), options, right)

    def true_false(self, fact: Fact, distractors: list[Distractor], *, true: bool) -> Draft | None:
        """State the fact, or state it of something else of its sort."""
        if _leaked(fact):
            return None
        if true:
            return self._draft(fact, Type.TRUE_FALSE, _statement(fact), ["True", "False"], "True")
        for other in distractors:
            if _fits_in(other, fact):
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


def _fits_in(other: Distractor, fact: Fact) -> bool:
    """Whether the sentence stays one with the other in the place of the right one."""
    answer = fact.answer
    before = answer.doc[answer.start - 1].lower_ if answer.start else ""
    vowels = {words[0].casefold() in "aeiou" for words in (other.words, answer.text)}
    if before in {"a", "an"} and len(vowels) > 1:
        return False
    return fact.term.kind is not Kind.TERM or other.term.with_article == fact.term.with_article


def _answer(fact: Fact) -> str:
    return fact.term.words(of_several=plural(fact.answer)) or written(fact.answer)


def _leaked(fact: Fact) -> frozenset[str]:
    """Find words of the answer that the rest of the sentence repeats, or writes in full."""
    whole, answer = fact.sentence.span, fact.answer
    before, after = whole.doc[whole.start : answer.start], whole.doc[answer.end : whole.end]
    rest = content(before) | content(after)
    repeated = frozenset(word for word in content(answer) if any(_kin(word, one) for one in rest))
    in_full = answer.text.isupper() and any(
        answer.text in "".join(token.text[0] for token in part if token.text[0].isupper())
        for part in (before, after)
    )
    return repeated | {answer.text.casefold()} if in_full else repeated


def _kin(one: str, other: str) -> bool:
    """Whether one word is the other or begins with it: `Horizon` is heard in `Horizontal`."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _STEM and long.startswith(short))


def _gives_away(fact: Fact, distractors: list[Distractor]) -> bool:
    """Whether the question repeats a word of the answer that most wrong ones lack."""
    return any(
        sum(word in other.term.key.split() for other in distractors) < CHOICES // 2
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
