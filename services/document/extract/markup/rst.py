"""Reads reStructuredText as it is meant to be seen: titles kept, marks and orders left out."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from services.document.extract.characters import one_line
from services.document.extract.composer import Composer
from services.document.extract.encoding import decode
from services.document.extract.outcome import Extracted, Limits

_LEVELS: Final = 6
_ADORNMENT: Final = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*")
_UNDER: Final = re.compile(r"([!-/:-@\[-`{-~])\1+\s*")
"""What stands below a title may be as short as a title of two letters."""
_ITEM: Final = re.compile(r"(?:[-*+\u2022]|\(?(?:\d{1,3}|[a-zA-Z]|#)[.)])[ \t]+(?=\S)")
_ORDER: Final = re.compile(r"\.\.[ \t]+(?:\|[^|]+\|[ \t]+)?([\w:.+-]+?)::[ \t]*(.*)")
_NOTE: Final = re.compile(r"\.\.[ \t]+\[[^\]]+\][ \t]+(.*)")
_FIELD: Final = re.compile(r":([\w -]+):(?:[ \t]+(.*))?")
_RULE: Final = re.compile(r"\+(?:[-=]+\+)+|=+(?:[ \t]+=+)+")
_ROW: Final = re.compile(r"[*+-][ \t]+[*+-](?:[ \t]|$)")
_CELL: Final = re.compile(r"[ \t]*[*+-](?:[ \t]|$)")
_HIDDEN: Final = frozenset({"image", "include", "raw", "toctree", "contents", "meta", "index"})
_DEFINING: Final = frozenset({"replace", "unicode", "date", "default-role", "role", "highlight"})
_VERBATIM: Final = frozenset({"code", "code-block", "sourcecode", "parsed-literal"})
_SILENT: Final = frozenset({"figure", "container", "glossary"})
"""Their arguments are names of files or classes."""
_INLINE: Final = (
    (re.compile(r"(?<![\w:.+-]):[\w:.+-]+:`([^`<]*?)\s*(?:<[^>`]*>)?`"), r"\1"),
    (re.compile(r"``(.+?)``"), r"\1"),
    (re.compile(r"`([^`<]+?)\s*<[^>`]+>`__?"), r"\1"),
    (re.compile(r"`([^`]+)`(?:__?)?"), r"\1"),
    (re.compile(r"\*\*(\S(?:[^*]*\S)?)\*\*"), r"\1"),
    (re.compile(r"(?<![\w*])\*(\S(?:[^*]*[^\s*])?)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<=\w)__?(?=[\s.,;:!?)]|$)"), ""),
    (re.compile(r"(\[[\w#*-]+\])_"), r"\1"),
    (re.compile(r"\\(?=\S)"), ""),
)


def read(path: Path, limits: Limits) -> Extracted:
    """Read a reStructuredText file."""
    source = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n").expandtabs(8)
    composer = Composer(limits)
    _Writer(composer).write(source.split("\n"))
    return composer.finish()


class _Writer:
    """Goes from block to block; the marks under titles rank them as they come."""

    def __init__(self, composer: Composer) -> None:
        self._composer = composer
        self._styles: list[tuple[str, bool]] = []

    def write(self, lines: Sequence[str]) -> None:
        """Write all blocks of some lines."""
        at = 0
        while at < len(lines):
            line = lines[at]
            if not line.strip():
                at += 1
            elif end := self._title(lines, at):
                at = end
            elif line.startswith(".. ") or line.rstrip() == "..":
                end = _end_of_indented(lines, at + 1)
                self._explicit(line, lines[at + 1 : end])
                at = end
            elif line[0] == " ":
                end = _end_of_indented(lines, at)
                self.write(_dedented(lines[at:end]))
                at = end
            else:
                at = self._paragraph(lines, at)

    def _title(self, lines: Sequence[str], at: int) -> int:
        """Write a title and tell where it ends; 0 if there is none."""
        three = [line.rstrip() for line in lines[at : at + 3]] + ["", ""]
        over = _ADORNMENT.fullmatch(three[0])
        if over and three[1].strip() and three[2] == three[0]:
            self._heading(three[0][0], True, three[1])
            return at + 3
        if over:
            return at + 1 if not three[1].strip() else 0
        under = _UNDER.fullmatch(three[1])
        if under and lines[at][0] != " " and len(three[1]) >= min(len(three[0]), 4):
            self._heading(three[1][0], False, three[0])
            return at + 2
        return 0

    def _heading(self, mark: str, over: bool, title: str) -> None:  # a style's half
        style = mark, over
        if style not in self._styles:
            self._styles.append(style)
        level = min(self._styles.index(style) + 1, _LEVELS)
        self._composer.heading(level, _seen(title))

    def _explicit(self, first: str, rest: Sequence[str]) -> None:
        """Write what an order shows; comments and targets show nothing."""
        note, order = _NOTE.match(first), _ORDER.match(first)
        if note:
            self.write([note.group(1), *_dedented(rest)])
            return
        if order is None:
            return
        name, argument = order.group(1), order.group(2)
        body, options = _dedented(rest), dict[str, str]()
        while body and (field := _FIELD.match(body[0])):
            options[field.group(1)] = field.group(2) or ""
            body = body[1:]
        if name in _VERBATIM:
            self._composer.block("\n".join(body).strip("\n"))
        elif name in _TABLES:
            self._composer.block(_seen(argument))
            self._rows(_TABLES[name](options.get("header", ""), body))
        elif name not in _HIDDEN | _DEFINING:
            self.write([*([] if name in _SILENT else [argument, ""]), *body])

    def _paragraph(self, lines: Sequence[str], at: int) -> int:
        end = at
        while end < len(lines) and lines[end].strip():
            end += 1
        block = lines[at:end]
        ruled = (number for number, line in enumerate(block) if _RULE.fullmatch(line.strip()))
        first = next(ruled, None)
        if first is not None:
            if first:
                self._listed(block[:first])
            self._table(_dedented(block[first:]))
            return end
        self._listed(block)
        if block[-1].rstrip().endswith("::"):
            literal = _end_of_indented(lines, end)
            self._composer.block("\n".join(_dedented(lines[end:literal])).strip("\n"))
            return literal
        return end

    def _listed(self, block: Sequence[str]) -> None:
        """Write a paragraph on one line, and so each item of a list."""
        items: list[list[str]] = []
        for line in block:
            item, field = _ITEM.match(line), _FIELD.fullmatch(line)
            if item:
                items.append([line[item.end() :]])
            elif field:
                items.append([f"{field.group(1)}: {field.group(2) or ''}"])
            elif items and line[0] != "|":
                items[-1].append(line.strip())
            else:
                items.append([line.removeprefix("|").strip()])
        listed = len(items) > 1 or bool(_ITEM.match(block[0]))
        for item_lines in items:
            words = _seen(" ".join(item_lines))
            if words.endswith("::"):
                words = words[:-1] if not words[:-2].endswith(" ") else words[:-3]
            self._composer.block(words, between="\n" if listed else "\n\n")

    def _table(self, block: Sequence[str]) -> None:
        """Write a table row by row; lines of one row are put together."""
        grid = block[0].startswith("+")
        marks = next(line for line in block if _RULE.fullmatch(line.strip()))
        starts = [found.start() for found in re.finditer(r"=+", marks)]
        rows: list[list[str]] = [[]]
        for line in block:
            if _RULE.fullmatch(line.strip()) or (grid and line.startswith("+")):
                rows.append([])
                continue
            cells = line.strip().strip("|").split("|") if grid else _cut(line, starts)
            if not grid and cells[0].strip():
                rows.append([])
            joined = rows[-1] or [""] * len(cells)
            pairs = zip(joined, [*cells, *[""] * len(joined)], strict=False)
            rows[-1] = [f"{old} {new.strip()}".strip() for old, new in pairs]
        self._rows(rows)

    def _rows(self, rows: Iterable[Sequence[str]]) -> None:
        for number, row in enumerate(row for row in rows if row):
            words = "\t".join(_seen(cell) for cell in row)
            self._composer.block(words, between="\n" if number else "\n\n")


def _valued(header: str, body: Sequence[str]) -> list[list[str]]:
    """Read the rows of a `csv-table`, of which the first may be an option."""
    try:
        return list(csv.reader([header, *body], skipinitialspace=True))
    except csv.Error:  # a quote that nobody closed
        return [[header], *([line] for line in body)]


def _itemised(header: str, body: Sequence[str]) -> list[list[str]]:
    """Read the rows of a `list-table`: lists of cells, whose lines may go on."""
    del header
    rows: list[list[str]] = []
    for line in body:
        row = _ROW.match(line)
        cell = row or _CELL.match(line)
        if row or (cell and not rows):
            rows.append([])
        if cell:
            rows[-1].append(line[cell.end() :])
        elif rows and line.strip():
            rows[-1][-1] += f" {line.strip()}"
    return rows


_TABLES: Final = {"csv-table": _valued, "list-table": _itemised}


def _cut(line: str, starts: Sequence[int]) -> list[str]:
    ends = [*starts[1:], None]
    return [line[start:end] for start, end in zip(starts, ends, strict=True)]


def _end_of_indented(lines: Sequence[str], at: int) -> int:
    """Find where lines are no longer indented; blank ones at the end do not belong."""
    end = last = at
    while end < len(lines) and (not lines[end].strip() or lines[end][0] == " "):
        end += 1
        if lines[end - 1].strip():
            last = end
    return last


def _dedented(lines: Sequence[str]) -> list[str]:
    depths = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    shift = min(depths, default=0)
    return [line[shift:] for line in lines]


def _seen(words: str) -> str:
    words = one_line(words)
    for mark, shown in _INLINE:
        words = mark.sub(shown, words)
    return words.strip()
