"""The paragraphs of a text that are prose: no headings, lists of names, code or small print."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.quiz.generate.text import DocumentText, Heading

SHORTEST: Final = 40
LONGEST: Final = 6_000
NARROWEST: Final = 45
WIDEST: Final = 120
"""Between these widths of lines, ends of lines say nothing."""

_PARAGRAPH: Final = re.compile(r"[^\n]+(?:\n(?!\n)[^\n]+)*")
_LINE: Final = re.compile(r"[^\n]+")
_SMALL_PRINT: Final = re.compile(
    r"copyright|\(c\)\s*\d{4}|\N{COPYRIGHT SIGN}|all rights reserved|licen[sc]ed? under|"
    r"free documentation license|\bisbn\b|without (?:any )?warranty|permission is granted|"
    r"\bdoi:|et al\.|https?://|www\.|[\w.]{1,64}@\w|\.{4,}|(?:\. ){4,}|"
    r"\N{HORIZONTAL ELLIPSIS} ?\d+$",
    re.IGNORECASE,
)
_CITED: Final = re.compile(r"^\s*(?:\[\w{1,8}\]|\d{1,3}\])\s")
_CODE: Final = re.compile(r"[{}<>=\\|~^$`#@]|::|->|--\w|\w\(\)|\w_\w|(?:^|\s)/\w+/|\w/\w+/\w")
_OUTSIDE: Final = re.compile(
    r"^(?:[\dIVX.]+\s+)?(?:references|bibliography|literature|further reading|index|glossary index|"
    r"(?:table of )?contents|acknowledge?ments?|credits|change ?log|license|copying|legal notice|"
    r"gnu .*licen[sc]e|authors?|readme|preface|appendix .*licen[sc]e|colophon|exercises?)\b",
    re.IGNORECASE,
)
_OPENING: Final = re.compile(r"^[\"\u201c(]?(?:[A-Z]|\d|[a-z]+[A-Z0-9])")
_CLOSING: Final = re.compile(r"[.!?][\"\u201d')]?$")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph: its place in the text, its words with every break a space, its heading."""

    start: int
    words: str
    section: Heading | None


def prose(text: DocumentText) -> Iterator[Block]:
    """Find the paragraphs that are prose, in order."""
    titles = {_plain(heading.title) for heading in text.headings}
    found = list(_paragraphs(text))
    repeated = Counter(_plain(words) for _, words in found)
    for start, words in found:
        section = text.section_at(start)
        if _plain(words) in titles or repeated[_plain(words)] > 1:
            continue
        if section is not None and _OUTSIDE.match(section.title):
            continue
        if _is_prose(words):
            yield Block(start, words, section)


def _paragraphs(text: DocumentText) -> Iterator[tuple[int, str]]:
    for match in _PARAGRAPH.finditer(text.text):
        lines = match.group().split("\n")
        if len(lines) == 1 or _wrapped(lines):
            yield from _cut(match.start(), match.group().replace("\n", " "))
            continue
        for line in _LINE.finditer(text.text, match.start(), match.end()):
            yield line.start(), line.group()


def _cut(start: int, words: str) -> Iterator[tuple[int, str]]:
    """Cut what is too long to be read at once behind a sentence."""
    offset = 0
    while len(words) - offset > LONGEST:
        end = words.rfind(". ", offset, offset + LONGEST) + 1 or offset + LONGEST
        yield start + offset, words[offset:end]
        offset = end + (words[end : end + 1] == " ")
    yield start + offset, words[offset:]


def _wrapped(lines: list[str]) -> bool:
    """Tell lines broken for want of room from lines that are meant as lines."""
    full = [len(line) for line in lines[:-1]]
    widest = max(full)
    return (
        NARROWEST <= widest <= WIDEST
        and sum(length > 0.7 * widest for length in full) >= 0.8 * len(full)
        and not any(line.startswith((" ", "\t", "-", "*", "\u2022")) for line in lines[1:])
    )


def _is_prose(words: str) -> bool:
    stripped = words.strip()
    if not SHORTEST <= len(stripped) <= LONGEST:
        return False
    if not _OPENING.match(stripped) or not _CLOSING.search(stripped):
        return False
    if _CITED.match(stripped) or _SMALL_PRINT.search(stripped):
        return False
    letters = sum(character.isalpha() or character == " " for character in stripped)
    return letters > 0.85 * len(stripped) and 8 * len(_CODE.findall(stripped)) < len(
        stripped.split()
    )


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()
