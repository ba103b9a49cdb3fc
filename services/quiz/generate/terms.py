"""All that a text speaks of, sorted by kind: right answers, and wrong ones to other questions."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from spacy.tokens import Span, Token

from services.quiz.generate.language import is_name, plural, word_set
from services.quiz.generate.sentences import Sentence

LONGEST: Final = 4

_WEAK: Final = word_set(
    "such other many several more most some any all both each every few various different certain "
    "same own first second third last next new old further additional main whole entire particular "
    "only next good better best large small great big little simple possible available actual "
    "one two three four five six seven eight nine ten"
)
_GENERIC: Final = word_set(
    "problem reason result idea way thing example case goal purpose difference point answer question "
    "number advantage disadvantage part step note option default fact rest effect list table term "
    "name value kind type sort form lot amount time day year month week hour minute people person "
    "man woman user reader author text page section chapter figure line end begin start side set "
    "group pair choice change use work place word meaning sense issue matter event process method "
    "approach information data detail level order condition situation solution ability need range "
    "rate size degree aspect feature property element item object unit area field nature role "
    "basis cause consequence version release today something anything everything member work "
    "majority half bit piece behaviour behavior input output code program function file argument "
    "parameter variable tool system project model concept definition theory story history attempt "
    "effort reference standard"
)
_KINDS: Final = {
    "PERSON": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
}
_YEAR: Final = re.compile(r"\b(?:1[0-9]|20)\d\d\b")
_INITIALS: Final = re.compile(r"((?:[A-Z][\w'-]*[ -]){1,5}[A-Z]?[\w'-]+) \(([A-Z][A-Za-z]{1,6})\)")
_NAME: Final = re.compile(r"[^\W\d_]+(?:[-'\u2019. ][^\W\d_]+)*\.?")


class Kind(StrEnum):
    """What sort of thing an answer is; wrong answers are of the same."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    YEAR = "year"
    TERM = "term"


@dataclass(slots=True)
class Term:
    """One thing a text speaks of, under all its forms."""

    key: str
    kind: Kind
    plural: bool
    forms: Counter[str] = field(default_factory=Counter)
    articled: int = 0
    sections: set[int] = field(default_factory=set)
    defined: bool = False
    entitled: bool = False

    @property
    def words(self) -> str:
        """How it is mostly written."""
        return max(self.forms.items(), key=lambda form: (form[1], form[0]))[0]

    @property
    def count(self) -> int:
        """How often it occurs."""
        return sum(self.forms.values())

    @property
    def with_article(self) -> bool:
        """Whether it is mostly written with one."""
        return 2 * self.articled > self.count


class Terms:
    """All of a text's terms; aliases count as one."""

    def __init__(self, sentences: Iterable[Sentence], titles: Iterable[str]) -> None:
        self._all: dict[str, Term] = {}
        self._aliases: dict[str, str] = {}
        for sentence in sentences:
            self._read(sentence)
        titled = {_key_of_words(title) for title in titles}
        for term in self._all.values():
            term.entitled = term.key in titled
        self._merge_names()

    def __iter__(self) -> Iterator[Term]:
        return iter(self._all.values())

    def find(self, span: Span) -> Term | None:
        """Find the term that a bare phrase is a form of."""
        return self._all.get(self.canonical(key_of(span)))

    def canonical(self, key: str) -> str:
        """Find the one key of all aliases."""
        return self._aliases.get(key, key)

    def same(self, one: Term, other: Term) -> bool:
        """Whether two terms may mean the same, one being part of the other or its initials."""
        first, second = one.key.split(), other.key.split()
        return (
            one.key == other.key
            or set(first) <= set(second)
            or set(second) <= set(first)
            or _initials(first) == other.key.replace(" ", "")
            or _initials(second) == one.key.replace(" ", "")
        )

    def aliases_of(self, term: Term) -> list[str]:
        """List every way in which it is written."""
        return sorted(
            {form for form in term.forms}
            | {
                form
                for key, canonical in self._aliases.items()
                if canonical == term.key and key in self._shadowed
                for form in self._shadowed[key].forms
            }
        )

    def _read(self, sentence: Sentence) -> None:
        for kind, span in mentions(sentence.span):
            key = key_of(span)
            term = self._all.get(key)
            if term is None:
                term = self._all[key] = Term(key, kind, plural(span[-1]))
            term.forms[written(span)] += 1
            term.articled += _articled(span)
            term.sections.add(sentence.section.start if sentence.section else -1)
        for full, short in _INITIALS.findall(sentence.span.text):
            self._pair(full, short)

    def _pair(self, full: str, short: str) -> None:
        words = full.split()
        for count in range(2, len(words) + 1):
            tail = [word.casefold() for word in words[-count:]]
            if _initials(tail) == short.casefold():
                self._aliases[short.casefold()] = _key_of_words(" ".join(words[-count:]))

    _shadowed: dict[str, Term]

    def _merge_names(self) -> None:
        """Count a surname with its full name, and initials with what they stand for."""
        by_last: dict[str, list[str]] = defaultdict(list)
        for term in self._all.values():
            if term.kind is Kind.PERSON and " " in term.key:
                by_last[term.key.split()[-1]].append(term.key)
                by_last[term.key.split()[0]].append(term.key)
        for last, full in by_last.items():
            if last in self._all and len(set(full)) == 1:
                self._aliases[last] = full[0]
        self._shadowed = {}
        for alias, canonical in self._aliases.items():
            shadow = self._all.pop(alias, None) if canonical in self._all else None
            if shadow is not None:
                self._shadowed[alias] = shadow
                self._all[canonical].sections |= shadow.sections


def mentions(span: Span) -> Iterator[tuple[Kind, Span]]:
    """Find what a sentence speaks of: named things, years, and terms."""
    taken: set[int] = set()
    for entity in span.ents:
        found = _named(entity)
        if found is not None:
            taken.update(range(found[1].start, found[1].end))
            yield found
    for chunk in span.noun_chunks:
        phrase = bare(chunk)
        if phrase is not None and taken.isdisjoint(range(phrase.start, phrase.end)):
            yield Kind.TERM, phrase


def bare(chunk: Span) -> Span | None:
    """Strip a noun phrase of articles and weak words; None if nothing to ask for is left."""
    doc, start, end = chunk.doc, chunk.start, chunk.end
    while start < end and _is_weak(doc[start]):
        start += 1
    phrase = doc[start:end]
    if not 1 <= len(phrase) <= LONGEST + 1 or phrase[-1].pos_ not in {"NOUN", "PROPN"}:
        return None
    if len(phrase) == 1 and (phrase[0].lemma_.lower() in _GENERIC or len(phrase.text) < 3):
        return None
    return phrase if all(_is_word(token) for token in phrase) else None


def key_of(span: Span) -> str:
    """Name a phrase by its lemmas, whatever its case and number."""
    return " ".join(
        token.lemma_.casefold() if token.pos_ == "NOUN" else token.text.casefold() for token in span
    ).removesuffix(".")


def written(span: Span) -> str:
    """Write a phrase as it is written inside a sentence."""
    words = span.text
    first = span[0]
    if first.i == span.sent.start and not is_name(first) and first.text.istitle():
        return words[0].lower() + words[1:]
    return words


def is_generic(token: Token) -> bool:
    """Whether a noun is too wide to be asked for."""
    return token.lemma_.lower() in _GENERIC


def _named(entity: Span) -> tuple[Kind, Span] | None:
    if entity.label_ == "DATE":
        for token in entity:
            if _YEAR.fullmatch(token.text):
                return Kind.YEAR, entity.doc[token.i : token.i + 1]
        return None
    kind = _KINDS.get(entity.label_)
    if kind is None:
        return None
    start = entity.start
    while start < entity.end and _is_weak(entity.doc[start]):
        start += 1
    name = entity.doc[start : entity.end]
    if not 1 <= len(name) <= LONGEST or not _NAME.fullmatch(name.text):
        return None
    if any(token.pos_ != "PROPN" for token in name) or not name.text[0].isupper():
        return None
    return Kind(kind), name


def _is_weak(token: Token) -> bool:
    return (
        token.pos_ in {"DET", "PRON", "PUNCT", "SYM", "NUM", "ADV", "SPACE", "CCONJ", "ADP"}
        or token.tag_ == "PRP$"
        or token.lower_ in _WEAK
    )


def _is_word(token: Token) -> bool:
    return (
        (token.is_alpha or token.text in {"-", "'s", "\u2019s"} or _hyphened(token.text))
        and token.pos_ not in {"PRON", "DET", "CCONJ", "VERB"}
    ) or (token.pos_ == "VERB" and token.tag_ in {"VBG", "VBN"})


def _hyphened(word: str) -> bool:
    return "-" in word and word.replace("-", "").isalpha()


def _articled(span: Span) -> int:
    return int(span.start > span.sent.start and span.doc[span.start - 1].pos_ == "DET")


def _initials(words: list[str]) -> str:
    return "".join(word[0] for word in words if word[:1].isalpha()) if len(words) > 1 else ""


def _key_of_words(words: str) -> str:
    return " ".join(words.casefold().removeprefix("the ").split())
