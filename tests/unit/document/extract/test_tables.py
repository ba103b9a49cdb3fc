"""Tables in PDF: a line for each row, however it was drawn; columns of prose stay prose."""

from pathlib import Path

import pytest
from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from services.document.extract.formats import extract
from services.document.extract.leaves import Leaf, Mark
from services.document.extract.outcome import Limits
from services.document.extract.printed.composition import compose
from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import hold_together

ROWS = [
    ["River", "Length", "Mouth"],
    ["Rhine", "1230 km", "North Sea"],
    ["Elbe", "1094 km", "North Sea"],
    ["Po", "652 km", "Adriatic Sea"],
]
BEFORE, AFTER = "Rivers are listed here in a table.", "The rivers of the table all reach a sea."
TOLD = "\n".join("\t".join(row) for row in ROWS)
LOREM = (
    "The harbour was built where two currents meet, because the sand they carry settles there and"
    " keeps the basin shallow. Every spring the town dredges it again, and every autumn the storms"
    " undo half of the work. Nobody remembers a year in which the account came out even."
)
Set = tuple[float, float, str]
"""Where a line of print begins, and its words."""


def read(path: Path) -> str:
    extracted = extract(path, files.PDF, Limits())
    hold_together(extracted)
    return extracted.text


def printed(path: Path, lines: list[Set]) -> Path:
    canvas = Canvas(str(path), pagesize=(files.WIDTH, files.HEIGHT))
    canvas.setFont("Times-Roman", 11)
    for x, y, words in lines:
        canvas.drawString(x, y, words)
    canvas.save()
    return path


def cells(rows: list[list[str]], *, by_columns: bool, left: float = 72) -> list[Set]:
    drawn = [
        (column, row, (left + 110.0 * column, 700.0 - 18 * row, words))
        for row, cells in enumerate(rows)
        for column, words in enumerate(cells)
    ]
    return [one for *_, one in (sorted(drawn) if by_columns else drawn)]


def column(left: float, top: float = 700) -> list[Set]:
    words = LOREM.split()
    lines = [" ".join(words[at : at + 6]) for at in range(0, len(words), 6)]
    return [(left, top - 13.0 * number, line) for number, line in enumerate(lines)]


def test_a_ruled_table_is_read_row_by_row_and_the_next_sentence_is_its_own(tmp_path: Path) -> None:
    style = getSampleStyleSheet()["BodyText"]
    table = Table(ROWS, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)]))
    story = [Paragraph(BEFORE, style), table, Paragraph(AFTER, style)]
    SimpleDocTemplate(str(tmp_path / "ruled.pdf")).build(story)

    assert read(tmp_path / "ruled.pdf") == f"{BEFORE}\n\n{TOLD}\n\n{AFTER}"


@pytest.mark.parametrize("by_columns", [False, True])
def test_a_table_is_read_row_by_row_however_it_was_drawn(tmp_path: Path, by_columns: bool) -> None:
    lines = [(72, 730, BEFORE), *cells(ROWS, by_columns=by_columns), (72, 622, AFTER)]

    assert read(printed(tmp_path / "a.pdf", lines)) == f"{BEFORE}\n\n{TOLD}\n\n{AFTER}"


@pytest.mark.parametrize("by_columns", [False, True])
def test_two_columns_of_prose_stay_prose_and_a_table_below_them_a_table(
    tmp_path: Path, by_columns: bool
) -> None:
    prose = [*column(72, 860 - 13), *column(310, 860 - 13)]

    text = read(printed(tmp_path / "a.pdf", [*prose, *cells(ROWS, by_columns=by_columns)]))

    assert text.endswith(f"\n\n{TOLD}")
    assert " ".join(text.removesuffix(TOLD).split()) == f"{LOREM} {LOREM}"


def test_a_table_beside_prose_is_a_table(tmp_path: Path) -> None:
    narrow = [row[:2] for row in ROWS]
    told = "\n".join("\t".join(row) for row in narrow)
    lines = [*column(72), *cells(narrow, by_columns=False, left=350)]

    text = read(printed(tmp_path / "a.pdf", lines))

    assert text.endswith(f"\n\n{told}")
    assert " ".join(text.removesuffix(told).split()) == LOREM


def test_lists_in_two_columns_are_read_column_by_column(tmp_path: Path) -> None:
    trees = ["ash", "beech", "cedar", "elm"]
    lines = [
        (72.0 + 200 * side, 700.0 - 18 * n, one) for side in (0, 1) for n, one in enumerate(trees)
    ]

    text = read(printed(tmp_path / "a.pdf", lines))

    assert text.split() == [*trees, *trees]


def test_a_list_with_its_numbers_far_away_is_no_table(tmp_path: Path) -> None:
    items = [["1.", "apples from the garden"], ["2.", "pears"], ["3.", "quinces"]]

    text = read(printed(tmp_path / "a.pdf", cells(items, by_columns=False)))

    assert text == "1. apples from the garden\n2. pears\n3. quinces"


def test_the_second_line_of_a_cell_goes_on_in_its_row(tmp_path: Path) -> None:
    lines = [*cells(ROWS[:3], by_columns=False), (292, 700 - 36 - 12, "and its tides")]

    assert "Elbe\t1094 km\tNorth Sea and its tides" in read(printed(tmp_path / "a.pdf", lines))


def test_a_wide_gap_that_does_not_return_is_a_space(tmp_path: Path) -> None:
    lines = [(72.0, 700.0, "Chapter one"), (300.0, 700.0, "on rivers"), *column(72, 680)]

    assert "Chapter one on rivers" in read(printed(tmp_path / "a.pdf", lines))


def test_what_an_earlier_version_wrote_down_is_still_understood() -> None:
    row = ("Words of before.", 72.0, 200.0, 700.0, 11.0, False, False, False)

    assert compose([Leaf(1, Mark.READ, [row])], [], Limits()).text == "Words of before."
