"""The best questions of a text, and why there are not more."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from services.quiz.generate.asking import Asker
from services.quiz.generate.budget import affordable
from services.quiz.generate.distractors import Distractor, Distractors
from services.quiz.generate.facts import Fact, Form, facts, loose_facts
from services.quiz.generate.sentences import sentences
from services.quiz.generate.sorts import sort_out
from services.quiz.generate.terms import Terms
from services.quiz.generate.text import DocumentText
from services.quiz.model.draft import Draft, Made, Wanted
from services.quiz.model.question import Type

_WORTH: Final = {
    Form.NAMING: 4.0,
    Form.DEFINING: 3.5,
    Form.EXPLAINING: 2.5,
    Form.DOING: 2.5,
    Form.DATING: 2.0,
    Form.STANDING: 0.0,
}
_FEWEST: Final = 5
"""A text that gives fewer good questions is asked about less strictly, up to so many."""
_BEST_LENGTH: Final = 18
_ONE_MORE_OF_A_SECTION: Final = 0.4
_DATES: Final = 0.15
_ALIKE: Final = 0.6
"""Share of common words from which on two facts are taken for one."""


def make(text: DocumentText, wanted: Wanted) -> Made:
    """Make at most as many questions as wanted, the best first."""
    read = list(sentences(affordable(text, wanted.count)))
    terms = Terms(read, [heading.title for heading in text.headings])
    sort_out(read, terms)
    alone = [sentence for sentence in read if sentence.alone]
    found = [fact for sentence in alone for fact in facts(sentence, terms)]
    for fact in found:
        if fact.form in {Form.NAMING, Form.DEFINING}:
            fact.term.defined = True
    asking = _Asking(Asker(text, wanted.seed), Distractors(read, terms), terms, wanted)
    drafts = asking.best(found, wanted.count)
    if len(drafts) < (fewest := min(_FEWEST, wanted.count)):
        nearly = [fact for one in read if one.nearly for fact in loose_facts(one, terms)]
        drafts += asking.best(nearly, fewest - len(drafts))
    if len(drafts) >= wanted.count:
        return Made(tuple(drafts))
    note = (
        f"of {len(read)} sentences read, {len(alone)} stand on their own"
        f" and {len(drafts)} gave a question with one certain answer"
    )
    return Made(tuple(drafts), note)


class _Asking:
    """Asks fact after fact: no sentence twice, no answer twice, every type and section a share."""

    def __init__(
        self, asker: Asker, distractors: Distractors, terms: Terms, wanted: Wanted
    ) -> None:
        self._asker = asker
        self._distractors = distractors
        self._terms = terms
        self._wanted = wanted
        self._made: Counter[Type] = Counter()
        self._sections: Counter[int] = Counter()
        self._asked: list[Fact] = []
        self._true = 0

    def best(self, found: Sequence[Fact], count: int) -> list[Draft]:
        """Ask the best first, until there are as many as wanted."""
        drafts: list[Draft] = []
        left = list(found)
        while left and len(drafts) < count:
            fact = max(left, key=self._worth)
            left.remove(fact)
            if any(_alike(fact, asked) for asked in self._asked) or self._too_many_dates(fact):
                continue
            draft = self._ask(fact)
            if draft is not None:
                drafts.append(draft)
                self._asked.append(fact)
                self._sections[_section(fact)] += 1
        return drafts

    def _worth(self, fact: Fact) -> tuple[float, int]:
        term = fact.term
        worth = _WORTH[fact.form] + 1.0 * term.entitled + min(term.count, 5) / 5
        worth -= abs(len(fact.sentence.span) - _BEST_LENGTH) / _BEST_LENGTH
        worth -= _ONE_MORE_OF_A_SECTION * self._sections[_section(fact)]
        return worth, -fact.sentence.start

    def _too_many_dates(self, fact: Fact) -> bool:
        """Whether a further date would make it a quiz of dates."""
        dates = sum(asked.form is Form.DATING for asked in self._asked)
        return fact.form is Form.DATING and dates >= max(1, _DATES * self._wanted.count)

    def _ask(self, fact: Fact) -> Draft | None:
        distractors = self._distractors.of(fact)
        for type_ in sorted(self._wanted.types, key=self._turn):
            draft = self._as(type_, fact, distractors)
            if draft is not None:
                self._made[type_] += 1
                return draft
        if Type.TRUE_FALSE not in self._wanted.types or self._true > 1:
            return None
        self._true += 1
        self._made[Type.TRUE_FALSE] += 1
        return self._asker.true_false(fact, distractors, true=True)

    def _turn(self, type_: Type) -> tuple[int, int]:
        """Rank a type: what the difficulty prefers first, then what was asked least."""
        return self._wanted.difficulty.burden(type_), self._made[type_]

    def _as(self, type_: Type, fact: Fact, distractors: list[Distractor]) -> Draft | None:
        if type_ is Type.SINGLE:
            return self._asker.single(fact, distractors)
        if type_ is Type.CLOZE:
            return self._asker.cloze(fact, self._terms.aliases_of(fact.term))
        draft = self._asker.true_false(fact, distractors, true=self._true <= 0)
        if draft is not None:
            self._true += 1 if draft.answer == "True" else -1
        return draft


def _section(fact: Fact) -> int:
    return fact.sentence.section.start if fact.sentence.section else -1


def _alike(one: Fact, other: Fact) -> bool:
    """Whether two facts share sentence or answer, or say about the same."""
    if one.sentence.start == other.sentence.start or one.term.key == other.term.key:
        return True
    return len(one.said & other.said) > _ALIKE * len(one.said | other.said)
