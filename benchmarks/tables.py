"""Figures as a person reads them at a terminal."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns: the first to the left, the numbers to the right."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    return "\n".join(_line(row, widths) for row in (head, ["-" * wide for wide in widths], *rows))


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that this share of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def mebibytes(count: float) -> str:
    """Write bytes as MiB."""
    return f"{count / 2**20:,.0f}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = [
        cell.ljust(wide) if place == 0 else cell.rjust(wide)
        for place, (cell, wide) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(["", first, *others]).rstrip()
