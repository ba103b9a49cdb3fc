"""Lists of values keep their header in every row; source code is a text as it is."""

import csv
from pathlib import Path

import pytest

from services.document.extract.formats import extract
from services.document.extract.outcome import Limits
from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import LIMITS, TextualBehaviour, reason


class ValuesBehaviour(TextualBehaviour):
    """For lists of values, whatever parts them."""

    dialect: str

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = [["title", "words"], *zip(titles, paragraphs, strict=True)]
            csv.writer(file, self.dialect).writerows(rows)
        return path

    def test_a_file_without_words_has_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "nothing.csv").write_text(" , \n\n,,\n…,—\n", encoding="utf-8")

        assert reason(tmp_path / "nothing.csv", self.media_type) == "no-text"


class TestTabbed(ValuesBehaviour):
    name, media_type = "tab-separated values", files.TSV
    dialect = "excel-tab"


class TestValues(ValuesBehaviour):
    name, media_type = "comma-separated values", files.CSV
    dialect = "excel"

    @pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
    def test_rows_keep_their_header(self, tmp_path: Path, mark: str, encoding: str) -> None:
        rows = [["River", "Länge", "Mündung"], ["Rhine", "1230", ""], ["Elbe", "1094", "a\nb"]]
        path = tmp_path / "rivers.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=mark).writerows(rows)

        assert self.read(path).text == (
            "River\tLänge\tMündung\nRiver: Rhine; Länge: 1230\n"
            "River: Elbe; Länge: 1094; Mündung: a b"
        )

    def test_what_excel_says_of_its_marks_is_no_row(self, tmp_path: Path) -> None:
        (tmp_path / "n.csv").write_text("sep=;\nRiver;Towns\nRhine;Basel, Bonn\n")

        assert self.read(tmp_path / "n.csv").text == (
            "River\tTowns\nRiver: Rhine; Towns: Basel, Bonn"
        )

    def test_numbers_alone_have_no_header(self, tmp_path: Path) -> None:
        (tmp_path / "n.csv").write_text("1,2\n3,4\n")

        assert self.read(tmp_path / "n.csv").text == "1\t2\n3\t4"

    def test_years_may_be_names_of_columns(self, tmp_path: Path) -> None:
        (tmp_path / "n.csv").write_text("Country,2019,2020\nNorway,5,6\n")

        assert self.read(tmp_path / "n.csv").text.endswith("Country: Norway; 2019: 5; 2020: 6")

    @pytest.mark.parametrize("rows", [20, 70_000])
    def test_a_quote_that_is_never_closed_swallows_nothing(self, tmp_path: Path, rows: int) -> None:
        lines = [f"{number},word {number}\n" for number in range(rows)]
        lines[3] = '3,"word 3\n'
        (tmp_path / "q.csv").write_text("a,b\n" + "".join(lines))

        told = self.read(tmp_path / "q.csv").text.splitlines()

        assert told[3:6] == ["a: 2; b: word 2", 'a: 3; b: "word 3', "a: 4; b: word 4"]
        assert len(told) == 1 + rows

    def test_a_row_of_a_hundred_thousand_values_is_read(self, tmp_path: Path) -> None:
        rows = [[f"{word}{n}" for n in range(100_000)] for word in ("column ", "value ")]
        with (tmp_path / "wide.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)

        text = self.read(tmp_path / "wide.csv").text

        assert text.endswith("; column 99999: value 99999")

    @pytest.mark.parametrize("quote", ["", '"'])
    def test_a_value_of_millions_of_letters_is_read(self, tmp_path: Path, quote: str) -> None:
        long = 3_000_000 * "x"
        (tmp_path / "long.csv").write_text(f"a,b\n1,{quote}{long}{quote}\n2,y\n")

        text = self.read(tmp_path / "long.csv").text

        assert text == f"a\tb\na: 1; b: {quote}{long}{quote}\na: 2; b: y"

    def test_too_many_values_are_too_much_text(self, tmp_path: Path) -> None:
        (tmp_path / "wide.csv").write_text(600_000 * "a," + "\n")

        assert reason(tmp_path / "wide.csv", self.media_type, Limits(characters=500_000)) == (
            "too-much-text"
        )

    def test_too_many_rows_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "many.csv").write_text("a,b\n" * 2_000)

        assert reason(tmp_path / "many.csv", self.media_type, Limits(blocks=1_000)) == (
            "too-much-text"
        )


class TestSource(TextualBehaviour):
    name, media_type = "source code", "text/x-python"

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        lines = [line for pair in zip(titles, paragraphs, strict=True) for line in pair]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    @pytest.mark.parametrize("media_type", ["text/x-go", "application/json", "text/yaml; a=b"])
    def test_every_language_is_a_text(self, tmp_path: Path, media_type: str) -> None:
        (tmp_path / "code").write_text("if x:\n\ty = 1\n")

        assert extract(tmp_path / "code", media_type, LIMITS).text == "if x:\n\ty = 1"
