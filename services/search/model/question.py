"""What a person typed, taken apart into the one value that every text index compiles."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from shared.problems import Problem

LONGEST: Final = 2_000
"""Characters of a question."""

_QUOTES: Final = str.maketrans("\u201c\u201d\u201e\u00ab\u00bb", '"' * 5)

# A minus excludes only before a letter, a quote or "title:", so that "-40 degrees" asks for 40.
_PART: Final = re.compile(
    r'(?<![^\s"])(?P<minus>-(?=[^\W\d_]|"))?(?P<title>title:(?=[^\s:]))?'
    r'(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))',
    re.IGNORECASE,
)


class EmptyQuestion(
    Problem, code="empty-query", status=422, title="There is nothing to search for"
):
    """A search needs at least one character that is no blank."""


class LongQuestion(Problem, code="query-too-long", status=422, title="The question is too long"):
    """A question is a sentence or a paragraph, not a document."""


class Form(StrEnum):
    """How a part of a question is to be matched."""

    WORD = "word"
    """The word in any of its forms; one like `e-mail` is neighbours in order."""
    BEGUN = "begun"
    """The same, or any word that begins so: `photo*`, and the last word while it is typed."""
    PHRASE = "phrase"
    """These words as they are written, side by side, in this order."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was asked for."""

    text: str
    form: Form = Form.WORD
    title: bool = False
    """Whether it is searched in the document's title alone; else in text, headings and title."""


@dataclass(frozen=True, slots=True)
class Question:
    """A hit has all that is needed and nothing unwanted; the more of the wanted, the better.

    With nothing needed, a hit has at least one wanted word. With nothing but the unwanted, every
    passage without it is a hit.
    """

    meaning: str
    """The part to be understood: no signs of syntax, nothing unwanted. May be empty."""
    wanted: tuple[Part, ...] = ()
    needed: tuple[Part, ...] = ()
    unwanted: tuple[Part, ...] = ()

    @classmethod
    def parse(cls, typed: str) -> Self:
        """Read anything as a question: there are no syntax errors, only words."""
        if len(typed) > LONGEST:
            raise LongQuestion(
                f"q may have {LONGEST} characters and has {len(typed)}; ask for the heart of it"
            )
        text = readable(typed).lstrip()
        if not text:
            raise EmptyQuestion("q must not be empty; say what you look for")
        wanted: list[Part] = []
        needed: list[Part] = []
        unwanted: list[Part] = []
        meaning: list[str] = []
        for found in _PART.finditer(text.translate(_QUOTES)):
            part = _part(found, typing=found.end() == len(text))
            if not part.text:
                continue
            if found["minus"]:
                unwanted.append(part)
                continue
            meaning.append(part.text)
            binding = part.title or part.form is Form.PHRASE
            (needed if binding else wanted).append(part)
        return cls(" ".join(meaning), tuple(wanted), tuple(needed), tuple(unwanted))


def readable(text: str) -> str:
    """Replace what no store can keep (NUL, lone surrogates), character by character."""
    return "".join(
        "\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text
    )


def _part(found: re.Match[str], *, typing: bool) -> Part:
    title = found["title"] is not None
    if found["phrase"] is not None:
        return Part(found["phrase"].strip(), Form.PHRASE, title)
    word = found["word"]
    begun = word.endswith("*") or (typing and not found["minus"])
    return Part(word.rstrip("*"), Form.BEGUN if begun else Form.WORD, title)
