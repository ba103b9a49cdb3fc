"""Reads XLSX: each sheet is a heading, each row a line that names what its values are."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from lxml import etree

from services.document.extract.composer import Composer
from services.document.extract.leaves import Leaf, Rows
from services.document.extract.office.package import (
    Package,
    child_of,
    link_of,
    name_of,
    open_package,
    value_of,
)
from services.document.extract.outcome import Extracted, Limits, TooMuch
from services.document.extract.parts import Parts, troubles_of
from services.document.extract.recognise import Eyes
from services.document.extract.scroll import Scroll, unroll
from services.document.extract.tables import write_headed
from services.document.model.facts import Unreadable

_COLUMN: Final = re.compile(r"[A-Z]{1,3}")
_COLUMNS: Final = 16_384
_DATES: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of built-in formats that show a date or a time."""
_DATE: Final = re.compile(r"[dmyhs]", re.IGNORECASE)
_NOT_DATE: Final = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.|_.|general", re.IGNORECASE)
_SHEETS: Final = 2_000
_HIDDEN: Final = frozenset({"hidden", "veryHidden"})


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    part: str


@contextmanager
def open_xlsx(path: Path, limits: Limits) -> Iterator[Parts]:
    """Open a workbook; its sheets are its parts."""
    with open_package(path, limits, "workbook") as package:
        workbook = package.xml(package.main)
        sheets = _sheets(package, workbook)
        if not sheets:
            raise Unreadable("no-text", "it has no sheets with cells")
        yield _Workbook(
            sheets=sheets,
            package=package,
            strings=_strings(package, limits),
            dates=_dates(package),
            epoch=_epoch(workbook),
            limits=limits,
        )


def _sheets(package: Package, workbook: etree._Element) -> list[_Sheet]:
    """Find the sheets that are shown, in their order, none twice."""
    relations = package.relations(package.main)
    listed = child_of(workbook, "sheets")
    found: dict[str, _Sheet] = {}
    for sheet in () if listed is None else listed:
        relation = relations.get(link_of(sheet))
        shown = value_of(sheet, "state") not in _HIDDEN
        if relation is not None and relation.kind == "worksheet" and shown:
            found.setdefault(relation.target, _Sheet(value_of(sheet, "name"), relation.target))
    return [*found.values()][:_SHEETS]


def _strings(package: Package, limits: Limits) -> list[str]:
    """Read the texts that cells share."""
    part = package.related(package.main, "sharedStrings")
    if part is None or part not in package.archive:
        return []
    strings, characters = [], 0
    for item in package.xml(part):
        words = _text(item)
        characters += len(words)
        if characters > limits.characters:
            raise TooMuch(f"{limits.characters:,} characters of text")
        strings.append(words)
    return strings


def _text(item: etree._Element) -> str:
    """Read a text of runs; how it is pronounced is not part of it."""
    pieces = []
    for child in item:
        name = name_of(child.tag)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces += [text.text or "" for text in child if name_of(text.tag) == "t"]
    return "".join(pieces)


def _dates(package: Package) -> list[bool]:
    """Tell of each style of cells whether it shows numbers as dates."""
    part = package.related(package.main, "styles")
    if part is None or part not in package.archive:
        return []
    styles = package.xml(part)
    formats = child_of(styles, "numFmts")
    own = {
        value_of(one, "numFmtId"): bool(
            _DATE.search(_NOT_DATE.sub("", value_of(one, "formatCode")))
        )
        for one in (() if formats is None else formats)
    }
    used = child_of(styles, "cellXfs")
    numbers = [value_of(one, "numFmtId") for one in (() if used is None else used)]
    return [own.get(n, n.isdecimal() and int(n) in _DATES) for n in numbers]


def _epoch(workbook: etree._Element) -> datetime:
    """Days count from 1900 (with a leap day that never was) or, on old Macs, from 1904."""
    properties = child_of(workbook, "workbookPr")
    later = properties is not None and value_of(properties, "date1904") in {"1", "true"}
    return datetime(1904, 1, 1) if later else datetime(1899, 12, 30)  # noqa: DTZ001  # no zone


@dataclass(frozen=True, slots=True)
class _Workbook:
    sheets: list[_Sheet]
    package: Package
    strings: list[str]
    dates: list[bool]
    epoch: datetime
    limits: Limits

    @property
    def count(self) -> int:
        return len(self.sheets)

    def read(self, number: int, eyes: Eyes | None) -> Rows:
        del eyes
        sheet = self.sheets[number - 1]
        scroll = Scroll(self.limits)
        scroll.heading(1, sheet.name)
        before = len(scroll.rows)
        write_headed(self._rows(sheet.part), scroll)
        return scroll.rows if len(scroll.rows) > before else []

    def compose(self, leaves: Sequence[Leaf]) -> Extracted:
        composer = Composer(self.limits)
        for leaf in leaves:
            unroll(leaf.rows, composer)
        return composer.finish(troubles=troubles_of(leaves))

    def _rows(self, part: str) -> Iterator[list[str]]:
        """Read row after row, forgetting each as it is left behind."""
        with self.package.archive.checked(part) as file:
            reader = etree.iterparse(
                file, tag="{*}row", resolve_entities=False, no_network=True, huge_tree=True
            )
            try:
                for _, row in reader:
                    yield self._cells(row)
                    row.clear()
                    while row.getprevious() is not None:
                        del row.getparent()[0]
            except etree.XMLSyntaxError as error:
                raise Unreadable("corrupt", "this sheet is damaged") from error

    def _cells(self, row: etree._Element) -> list[str]:
        cells: list[str] = []
        for cell in row:
            at = _column(value_of(cell, "r"), len(cells))
            words = self._words(cell)
            if words:
                cells += [""] * (at - len(cells))
                cells[at:] = [words]
        return cells

    def _words(self, cell: etree._Element) -> str:
        kind = value_of(cell, "t")
        if kind == "inlineStr":
            inline = child_of(cell, "is")
            return "" if inline is None else _text(inline)
        value = child_of(cell, "v")
        written = (value.text or "") if value is not None else ""
        if kind == "s":
            if written and not self.strings:
                raise Unreadable("corrupt", "the words of this sheet are missing in the file")
            known = written.isdecimal() and int(written) < len(self.strings)
            return self.strings[int(written)] if known else ""
        if kind == "b":
            return {"1": "true", "0": "false"}.get(written, written)
        if kind in {"str", "d"}:
            return written
        return "" if kind == "e" else self._number(written, value_of(cell, "s"))

    def _number(self, written: str, style: str) -> str:
        """Write a number as people do: a date as a date, no digits that are but noise."""
        try:
            number = float(written)
        except ValueError:
            return written
        if style.isdecimal() and int(style) < len(self.dates) and self.dates[int(style)]:
            return self._date(number)
        return f"{number:.15g}" if abs(number) < 1e15 else written  # noqa: PLR2004  # double's digits

    def _date(self, days: float) -> str:
        try:
            when = self.epoch + timedelta(seconds=round(days * 86_400))
        except OverflowError:
            return f"{days:.15g}"
        if 0 <= days < 1:
            return when.strftime("%H:%M")
        return when.strftime("%Y-%m-%d %H:%M" if when.hour or when.minute else "%Y-%m-%d")


def _column(place: str, following: int) -> int:
    """Tell which column a cell stands in; where it does not say, in the next."""
    letters = _COLUMN.match(place)
    if letters is None:
        return following
    number = 0
    for letter in letters.group():
        number = 26 * number + ord(letter) - ord("A") + 1
    return max(following, min(number, _COLUMNS) - 1)
