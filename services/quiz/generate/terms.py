"""All that a text speaks of, sorted by kind: right answers, and wrong ones to other questions."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from spacy.tokens import Span

from services.quiz.generate.phrases import Kind, key_of, plural, written
from services.quiz.generate.sentences import Sentence

_INITIALS: Final = re.compile(
    r"((?:[A-Z]\w{0,30}[ -]){1,5}[A-Z]?\w{1,30}) \(([A-Z][A-Za-z]{1,6})\)"
)
_TOPIC: Final = 0.05
_TOPIC_LEAST: Final = 12
"""A text is about what this share of its sentences mention, and so many at least."""
_RATHER_SMALL: Final = 0.4
"""Written in small letters less often than this, a word is a name."""
_KNOWN_THING: Final = 8
"""So many mentions of a word by itself, and it is nobody's name."""
_COMMON_WORD: Final = 3
"""So often in small letters, and a word is nobody's surname: `Retrograde Motion`."""
_NUMBERING: Final = re.compile(
    r"^(?:(?:chapter|appendix|part|section)\s+)?(?:\d|[A-Z]\.)[\d.]*\s+", re.IGNORECASE
)


@dataclass(slots=True)
class Term:
    """One thing a text speaks of, under all its forms."""

    key: str
    kinds: Counter[Kind] = field(default_factory=Counter)
    forms: dict[bool, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """How it is written, of several (True) and of one."""
    articled: int = 0
    sections: set[int] = field(default_factory=set)
    defined: bool = False
    sorts: set[str] = field(default_factory=set)
    """What it is said to be one of, where that is said: `tool`, `amount`."""
    entitled: bool = False
    small: frozenset[str] = frozenset()
    """Words that the text writes in small letters too, and so they are no names."""
    topic: bool = False
    """Whether the whole text is about it, so that everybody would guess it."""

    @property
    def kind(self) -> Kind:
        """What sort of thing it mostly is."""
        return max(self.kinds, key=lambda kind: (self.kinds[kind], kind))

    @property
    def count(self) -> int:
        """How often it occurs."""
        return self.kinds.total()

    @property
    def with_article(self) -> bool:
        """Whether it is mostly written with one."""
        return 2 * self.articled > self.count

    @property
    def named(self) -> bool:
        """Whether it is always written like a name."""
        return not any(form.islower() for form in self.every_form())

    def words(self, *, of_several: bool) -> str | None:
        """How it is mostly written, of several or of one; None if it never is."""
        forms = self.forms.get(of_several)
        if not forms:
            return None
        often = _RATHER_SMALL * forms.total()
        mostly = max(
            forms, key=lambda form: (form.islower() * forms[form] >= often, forms[form], form)
        )
        first, *rest = mostly.split(" ")
        opened = first.istitle() and first.lower() in self.small and all(map(str.islower, rest))
        return " ".join([first.lower(), *rest]) if rest and opened else mostly

    def every_form(self) -> set[str]:
        """All the ways in which it is written."""
        return {form for forms in self.forms.values() for form in forms}


class Terms:
    """All of a text's terms; aliases count as one."""

    def __init__(self, sentences: Iterable[Sentence], titles: Iterable[str]) -> None:
        self._all: dict[str, Term] = {}
        self._aliases: dict[str, str] = {}
        self._parts_of_names: set[str] = set()
        self._written: Counter[str] = Counter()
        read = 0
        for read, sentence in enumerate(sentences, start=1):  # noqa: B007  # counted to the end
            self._read(sentence)
            self._written.update(token.text for token in sentence.span if token.is_alpha)
        self._unmask_names()
        self._merge_names()
        titled = {_key_of_words(part) for title in titles for part in _parts_of(title)}
        small = self._small()
        for term in self._all.values():
            term.small = small
            term.topic = term.count > max(_TOPIC_LEAST, _TOPIC * read)
            term.entitled = bool(titled & {_key_of_words(form) for form in term.every_form()})

    def __iter__(self) -> Iterator[Term]:
        return iter(self._all.values())

    def find(self, span: Span) -> Term | None:
        """Find the term that a bare phrase is a form of."""
        return self._all.get(self.canonical(key_of(span)))

    def canonical(self, key: str) -> str:
        """Find the one key of all aliases."""
        return self._aliases.get(key, key)

    def is_part_of_a_name(self, word: str) -> bool:
        """Whether somebody has this as first or last name."""
        return word.casefold() in self._parts_of_names

    def aliases_of(self, term: Term) -> list[str]:
        """List the other names that it goes by."""
        return sorted(
            alias
            for alias, canonical in self._aliases.items()
            if canonical == term.key and alias != term.key.split()[0]
        )

    def _read(self, sentence: Sentence) -> None:
        for kind, span in sentence.mentions:
            key = key_of(span)
            term = self._all.setdefault(key, Term(key))
            term.kinds[kind] += 1
            term.forms[plural(span)][written(span)] += 1
            term.articled += span.start > 0 and span.doc[span.start - 1].pos_ == "DET"
            term.sections.add(sentence.section.start if sentence.section else -1)
        for full, short in _INITIALS.findall(sentence.span.text):
            self._pair(full.split(), short.casefold())

    def _small(self) -> frozenset[str]:
        return frozenset(
            word
            for word, times in self._written.items()
            if word.islower() and times >= _RATHER_SMALL * self._written[word.capitalize()]
        )

    def _pair(self, full: list[str], short: str) -> None:
        for count in range(2, len(full) + 1):
            words = [word.casefold() for word in full[-count:]]
            if initials(words) == short:
                self._aliases[short] = " ".join(words)

    def _unmask_names(self) -> None:
        """Take names from what has none: `Debian Linux` is nobody, and `Dark Matter` no place."""
        things = {
            term.key
            for term in self._all.values()
            if term.kind is not Kind.PERSON and " " not in term.key and term.count >= _KNOWN_THING
        }
        for term in self._all.values():
            words = term.key.split()
            thing = term.kind is Kind.PERSON and not things.isdisjoint(words)
            if term.kind in {Kind.PERSON, Kind.PLACE}:
                thing = thing or self._written[words[-1]] >= _COMMON_WORD
            if thing:
                term.kinds = Counter({Kind.TERM: term.count})

    def _merge_names(self) -> None:
        """Count a first or last name with the full name, and initials with what they stand for."""
        owners: dict[str, set[str]] = defaultdict(set)
        for term in self._all.values():
            if term.kind is Kind.PERSON and " " in term.key:
                first, *_, last = term.key.split()
                owners[first].add(term.key)
                owners[last].add(term.key)
        self._parts_of_names = set(owners)
        for part, full in owners.items():
            if part in self._all and self._all[part].kind is Kind.PERSON and len(full) == 1:
                self._aliases[part] = next(iter(full))
        for alias, canonical in self._aliases.items():
            if canonical in self._all and alias in self._all:
                shadow = self._all.pop(alias)
                self._all[canonical].sections |= shadow.sections


def akin(one: Term, other: Term) -> bool:
    """Whether two things are of one sort: two persons, `spiral galaxy` and `elliptical galaxy`."""
    if one.kind is not Kind.TERM or other.kind is not Kind.TERM:
        return one.kind is other.kind
    first, second = one.key.split(), other.key.split()
    headed = first[-1] == second[-1] and min(len(first), len(second)) > 1
    return headed or not one.sorts.isdisjoint(other.sorts)


def same(one: Term, other: Term) -> bool:
    """Whether two terms may mean the same, or one a sort or a part of the other."""
    first, second = one.key.split(), other.key.split()
    return (
        first[-1] in second[:-1]
        or second[-1] in first[:-1]
        or set(first) <= set(second)
        or set(second) <= set(first)
        or initials(first) == other.key
        or initials(second) == one.key
    )


def initials(words: list[str]) -> str:
    """Take the first letters of several words; of one word nothing."""
    return "".join(word[0] for word in words) if len(words) > 1 else ""


def _parts_of(title: str) -> list[str]:
    """Take a title apart: `4. Memcheck: a memory error detector` is about Memcheck."""
    plain = _NUMBERING.sub("", title)
    return [title, plain, *plain.split(":")[:1]]


def _key_of_words(words: str) -> str:
    return " ".join(words.casefold().removeprefix("the ").split())
