"""Reads Markdown as it is meant to be seen: marks off, headings kept, code as it is."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference
from markdown_it.token import Token

from services.document.extract.composer import Composer
from services.document.extract.encoding import decode
from services.document.extract.markup.html import write_fragment
from services.document.extract.outcome import Extracted, Limits

_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LINE: Final = "\n"
_BREAK: Final = re.compile(r"<br\b[^>]*>", re.IGNORECASE)
_DEEPEST: Final = 100
"""Levels of lists, their items and quotes; what lies deeper is not read."""


def read(path: Path, limits: Limits) -> Extracted:
    """Read a Markdown file: CommonMark with tables and strikethrough; front matter is not text."""
    source = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    parser.block.ruler.at("reference", _reference)
    tokens = parser.parse(_FRONT_MATTER.sub("", source, count=1))
    composer = Composer(limits)
    _Writer(composer).write(tokens)
    return composer.finish()


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # its shape
    """Leave footnotes their words: one of a single word looks like the target of a link."""
    at = state.bMarks[start] + state.tShift[start]
    return not state.src.startswith("[^", at) and reference(state, start, end, silent)


class _Writer:
    """Follows the tokens; lists and tables decide what stands between two blocks."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._level = 0
        self._tight = False
        self._cells: list[str] | None = None

    def write(self, tokens: Iterable[Token]) -> None:
        """Write every block of text."""
        for token in tokens:
            self._frame(token)
            if token.type == "inline":
                self._words(_inline(token.children or []))
            elif token.type in {"fence", "code_block"}:
                self._composer.block(token.content)
            elif token.type == "html_block":
                write_fragment(token.content, self._composer)

    def _frame(self, token: Token) -> None:
        """Note what the words to come stand in."""
        match token.type:
            case "heading_open":
                self._level = int(token.tag[1:])
            case "heading_close":
                self._level = 0
            case "paragraph_open":
                self._tight = token.hidden
            case "tr_open":
                self._cells = []
            case "tr_close":
                self._row()

    def _words(self, words: str) -> None:
        if self._level:
            self._composer.heading(self._level, words)
        elif self._cells is not None:
            self._cells.append(" ".join(words.split(_LINE)))
        else:
            self._composer.block(words, between=_LINE if self._tight else "\n\n")

    def _row(self) -> None:
        self._composer.block("\t".join(self._cells or []), between=_LINE)
        self._cells = None


def _inline(tokens: Iterable[Token]) -> str:
    pieces = []
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            pieces.append(" " if token.type == "softbreak" else _LINE)
        elif token.type == "image":
            pieces.append(_inline(token.children or []))
        elif token.type in {"text", "code_inline"}:
            pieces.append(token.content)
        elif token.type == "html_inline" and _BREAK.fullmatch(token.content):
            pieces.append(_LINE)
    return "".join(pieces)
