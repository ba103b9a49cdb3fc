"""Workbooks: rows with their header, dates as dates, sheets as headings."""

import datetime as dt
import time
import zipfile
from pathlib import Path

import openpyxl

from services.document.extract.formats import extract
from services.document.extract.outcome import Limits
from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import PackedBehaviour, hold_together, reason


class TestWorkbook(PackedBehaviour):
    name, media_type = "XLSX", files.XLSX

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        pairs = zip(titles, paragraphs, strict=True)
        return files.workbook(path, {title: [[words]] for title, words in pairs})

    def test_a_file_without_words_has_no_text(self, tmp_path: Path) -> None:
        made = files.workbook(tmp_path / "nothing.xlsx", {"Sheet": [], "Other": [[None, " "]]})

        assert reason(made, self.media_type) == "no-text"

    def test_rows_keep_their_header_and_sheets_are_headings(self, tmp_path: Path) -> None:
        rivers: list[list[object]] = [["River", "Length (km)"], ["Rhine", 1230], ["Elbe", 1094.5]]
        towns: list[list[object]] = [
            ["Towns on rivers"],
            ["Town", "River", "Bridge"],
            ["Basel", "Rhine", True],
        ]

        extracted = self.read(
            files.workbook(tmp_path / "rows.xlsx", {"Rivers": rivers, "Towns": towns})
        )

        hold_together(extracted)
        assert extracted.text == (
            "Rivers\n\nRiver\tLength (km)\nRiver: Rhine; Length (km): 1230\n"
            "River: Elbe; Length (km): 1094.5\n\n"
            "Towns\n\nTowns on rivers\n\nTown\tRiver\tBridge\n"
            "Town: Basel; River: Rhine; Bridge: true"
        )
        assert [heading.title for heading in extracted.headings] == ["Rivers", "Towns"]

    def test_dates_are_dates_and_gaps_shift_nothing(self, tmp_path: Path) -> None:
        day = dt.date(2024, 2, 29)
        moment = dt.datetime(2024, 2, 29, 13, 45)  # noqa: DTZ001  # sheets know no zones
        rows: list[list[object]] = [
            ["What", "When", "Note"],
            ["leap", day, None],
            ["lunch", moment, "x"],
            [None, day],
        ]

        text = self.read(files.workbook(tmp_path / "dates.xlsx", {"S": rows})).text

        assert "What: leap; When: 2024-02-29\n" in text
        assert "What: lunch; When: 2024-02-29 13:45; Note: x" in text
        assert text.endswith("\nWhen: 2024-02-29")

    def test_numbers_without_a_header_stand_as_they_are(self, tmp_path: Path) -> None:
        text = self.read(files.workbook(tmp_path / "bare.xlsx", {"S": [["a", 1], ["b", 2]]})).text

        assert text == "S\n\na\t1\nb\t2"

    def test_a_cell_at_the_far_end_costs_nothing(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        book.active["A1"] = "near"
        book.active["XFD1048576"] = "far"
        book.save(tmp_path / "far.xlsx")
        began = time.process_time()

        text = self.read(tmp_path / "far.xlsx").text

        assert text == "Sheet\n\nnear\nfar"
        assert time.process_time() - began < 5

    def test_a_broken_sheet_is_a_warning_and_the_others_are_read(self, tmp_path: Path) -> None:
        sheets = {"One": [["a"], ["b"]], "Two": [["c"], ["d"]]}
        made = files.workbook(tmp_path / "two.xlsx", sheets)
        path = files.changed_zip(
            tmp_path / "broken.xlsx", made, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData>"
        )

        extracted = self.read(path)

        assert [one.code for one in extracted.troubles] == ["corrupt"]
        assert extracted.text == "Two\n\nc\nd"

    def test_names_of_parts_may_differ_in_capitals_and_strokes(self, tmp_path: Path) -> None:
        made = files.workbook(tmp_path / "plain.xlsx", {"S": [["a"], ["b"]]})
        with (
            zipfile.ZipFile(made) as whole,
            zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as odd,
        ):
            for name in whole.namelist():
                written = name if name.startswith("[") else name.upper().replace("/", "\\")
                odd.writestr(written, whole.read(name))

        assert self.read(tmp_path / "odd.xlsx").text == "S\n\na\nb"

    def test_a_sheet_whose_words_are_missing_is_a_warning(self, tmp_path: Path) -> None:
        made = files.workbook(tmp_path / "two.xlsx", {"One": [["a"]], "Two": [["b"]]})
        sheet = b'<worksheet><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>'
        path = files.changed_zip(tmp_path / "lost.xlsx", made, "xl/worksheets/sheet1.xml", sheet)

        extracted = self.read(path)

        assert [(one.code, one.page) for one in extracted.troubles] == [("corrupt", 1)]
        assert extracted.text == "Two\n\nb"

    def test_an_empty_sheet_leaves_no_trace(self, tmp_path: Path) -> None:
        sheets: dict[str, list[list[object]]] = {"Empty": [], "Full": [["a"]], "Blank": [[" "]]}

        extracted = self.read(files.workbook(tmp_path / "gaps.xlsx", sheets))

        assert extracted.text == "Full\n\na"
        assert [heading.title for heading in extracted.headings] == ["Full"]

    def test_hidden_sheets_are_not_text(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        book.active.append(["shown"])
        hidden = book.create_sheet("Secret")
        hidden.append(["not shown"])
        hidden.sheet_state = "hidden"
        book.save(tmp_path / "hidden.xlsx")

        assert self.read(tmp_path / "hidden.xlsx").text == "Sheet\n\nshown"


def test_many_rows_are_read_in_seconds(tmp_path: Path) -> None:
    rows = [["Name", "Place", "Number"]] + [[f"name {n}", "here", n] for n in range(20_000)]
    path = files.workbook(tmp_path / "many.xlsx", {"S": rows})
    began = time.process_time()

    extracted = extract(path, files.XLSX, Limits())

    assert extracted.text.count("\n") == 20_002
    assert time.process_time() - began < 10
