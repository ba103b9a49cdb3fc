"""Finds tables in print: rows whose cells stand below one another, however they were drawn."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import mean
from typing import Final

from services.document.extract.printed.line import Line

_SHORT: Final = 24
"""Characters of a usual cell; where every column has longer ones, they are columns of prose."""
_FARTHEST: Final = 4.0
"""How many sizes lie at most between two rows."""
_AIRY: Final = 1.35
"""How many sizes lie at least between rows drawn by columns; lines of an index stand closer."""
_LEAST_DRAWN: Final = 3
_PAIR: Final = 2
_MOST: Final = 200
"""Cells of a row or a column that are looked at; no more, for time grows with them squared."""
_ALIGNED: Final = 0.6
_COUNTED: Final = re.compile(r"\W|\(?\w{1,4}[.)]")
"""What stands before the items of a list, which are no rows, however far away it stands."""

Row = list[Line]


def with_rows(page: Sequence[Line]) -> Row:
    """Make one line of each row of a table, and of what was parted and is none."""
    lines: Row = []
    for table in _tables(_drawn_by_columns([*_printed(page)])):
        is_table = len(table) > 1 and _is_short(table) and not _is_list(table)
        lines += [_joined(row, row_of_table=is_table) for row in table]
    return lines


def _printed(page: Sequence[Line]) -> Iterator[Row]:
    """Put the cells of each line of print together."""
    row: Row = []
    for line in page:
        if row and not line.cell:
            yield row
            row = []
        row.append(line)
    if row:
        yield row


def _tables(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Group rows that stand below one another and have cells at like places."""
    table: list[Row] = []
    for row in rows:
        if table and not _goes_on(table[-1], row):
            yield table
            table = []
        table.append(row)
    if table:
        yield table


def _goes_on(above: Row, below: Row) -> bool:
    """Whether a gap goes through both rows, and what follows it is aligned."""
    pitch = (above[0].base - below[0].base) / below[0].size
    return 0 < pitch < _FARTHEST and any(
        max(one.right, other.right) + 0.5 * below[0].size < min(right.left, beyond.left)
        and _aligned(right, beyond)
        for one, right in pairwise(above[:_MOST])
        for other, beyond in pairwise(below[:_MOST])
    )


def _aligned(one: Line, other: Line) -> bool:
    """Whether they begin, end, or have their middle at about the same place."""
    left, right = one.left - other.left, one.right - other.right
    return min(abs(left), abs(right), abs(left + right) / 2) < _ALIGNED * one.size


def _is_short(table: Sequence[Row]) -> bool:
    """Whether some column has short cells, counted from the left as far as all rows go."""
    return any(
        mean(len(cell.text) for cell in column) <= _SHORT for column in zip(*table, strict=False)
    )


def _is_list(table: Sequence[Row]) -> bool:
    """Whether each row is but a mark or a number and an item."""
    return all(len(row) <= _PAIR and _COUNTED.fullmatch(row[0].text) for row in table)


def _drawn_by_columns(rows: list[Row]) -> list[Row]:
    """Put cells side by side that were drawn one column after the other."""
    done: list[Row] = []
    at = 0
    while at < len(rows):
        columns = _columns(rows, at)
        if columns:
            done += [list(cells) for cells in zip(*columns, strict=True)]
            at += len(columns) * len(columns[0])
        else:
            done.append(rows[at])
            at += 1
    return done


def _columns(rows: Sequence[Row], at: int) -> list[Row]:
    """Read columns of equally many cells at the same heights; none if there are no such."""
    columns = [_descent(rows, at)]
    count = len(columns[0])
    if count < _LEAST_DRAWN:
        return []
    while _beside(columns[-1], following := _cells(rows, at + len(columns) * count, count)):
        columns.append(following)
    return columns if len(columns) > 1 and _is_drawn_table(columns) else []


def _descent(rows: Sequence[Row], at: int) -> Row:
    """Take lines as long as each stands below the one before, airily."""
    column: Row = []
    for row in rows[at : at + _MOST]:
        line = row[0]
        if len(row) > 1 or line.recognised:
            break
        if column and not _AIRY <= (column[-1].base - line.base) / line.size < _FARTHEST:
            break
        column.append(line)
    return column


def _cells(rows: Sequence[Row], at: int, count: int) -> Row:
    return [row[0] for row in rows[at : at + count] if len(row) == 1]


def _beside(column: Row, following: Row) -> bool:
    """Whether a column stands right of another, cell by cell, and its cells are aligned."""
    return (
        len(column) == len(following)
        and all(one.beside(other) for one, other in zip(column, following, strict=True))
        and max(one.right for one in column) < min(one.left for one in following)
        and all(_aligned(one, other) for one, other in pairwise(following))
    )


def _is_drawn_table(columns: Sequence[Row]) -> bool:
    """Whether all cells are short, and there are numbers or more columns than a list is set in."""
    short = all(mean(len(cell.text) for cell in column) <= _SHORT for column in columns)
    numbers = all(any(map(str.isdigit, cell.text)) for cell in columns[-1][1:])
    return short and (numbers or len(columns) > _PAIR)


def _joined(row: Row, *, row_of_table: bool) -> Line:
    """Make one line of the cells of a line of print."""
    first, last = row[0], row[-1]
    if len(row) == 1:
        return first
    between = "\t" if row_of_table else " "
    words = between.join(cell.text for cell in row)
    right = max(first.right, last.right)
    return replace(
        first,
        text=words,
        right=right,
        broken=last.broken,
        row=row_of_table,
        added=all(cell.added for cell in row),
    )
