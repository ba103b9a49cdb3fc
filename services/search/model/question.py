"""What a person typed, taken apart: words, "exact phrases" and -words."""

import re
from dataclasses import dataclass
from typing import Final, Self

from shared.problems import Problem

# A minus excludes only before a letter or a quote, so that "-40 degrees" still asks for 40.
_PART: Final = re.compile(
    r'(?<!\S)(?P<minus>-(?=[^\W\d_]|"))?(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))'
)


class EmptyQuestion(
    Problem, code="empty-query", status=422, title="There is nothing to search for"
):
    """A search needs at least one character that is no blank."""


@dataclass(frozen=True, slots=True)
class Question:
    """A hit has every phrase and nothing of `without`; the more words it has, the better."""

    text: str
    words: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @classmethod
    def parse(cls, typed: str) -> Self:
        """Read anything as a question: there are no syntax errors, only words."""
        text = readable(typed).strip()
        if not text:
            raise EmptyQuestion("q must not be empty")
        words: list[str] = []
        phrases: list[str] = []
        without: list[str] = []
        for part in _PART.finditer(text):
            said = part["word"] if part["phrase"] is None else part["phrase"]
            if part["minus"]:
                without.append(said)
            elif part["phrase"] is None:
                words.append(said)
            else:
                phrases.append(said)
        if not words and not phrases:
            return cls(text, words=(text,))
        return cls(text, tuple(words), tuple(phrases), tuple(without))

    @property
    def meaning(self) -> str:
        """The part to be understood: all but what is unwanted."""
        return " ".join((*self.words, *self.phrases)) if self.without else self.text


def readable(text: str) -> str:
    """Replace what no store can keep (NUL, lone surrogates), character by character."""
    return "".join(
        "\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text
    )
