"""reStructuredText keeps what every text with headings promises, and some of its own."""

import re
import time
from pathlib import Path

import pytest

from services.document.extract.outcome import Extracted
from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import (
    TextualBehaviour,
    hold_together,
    outcome,
)


class TestRst(TextualBehaviour):
    name, media_type = "reStructuredText", files.RST

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        pairs = zip(titles, paragraphs, strict=True)
        blocks = (f"{title}\n{'=' * max(4, len(title))}\n\n{words}" for title, words in pairs)
        path.write_text("\n\n".join(blocks), encoding="utf-8")
        return path

    def read_words(self, tmp_path: Path, words: str) -> Extracted:
        path = tmp_path / "notes.rst"
        path.write_text(words, encoding="utf-8")
        extracted = self.read(path)
        hold_together(extracted)
        return extracted

    def test_titles_rank_as_their_marks_come(self, tmp_path: Path) -> None:
        extracted = self.read_words(
            tmp_path, "====\nBook\n====\n\nOne\n---\n\nwords\n\nPart\n~~~~\n\nTwo\n---\n\nmore\n"
        )

        assert [(one.level, one.title) for one in extracted.headings] == [
            (1, "Book"),
            (2, "One"),
            (3, "Part"),
            (2, "Two"),
        ]

    def test_marks_and_orders_are_not_text(self, tmp_path: Path) -> None:
        text = self.read_words(
            tmp_path,
            ".. _target:\n\n.. a comment\n   of two lines\n\n"
            ".. image:: map.png\n   :alt: a map\n\n"
            "A *soft* **bold** ``code`` `link <http://x.test/y>`_ and :ref:`role <there>`"
            " target_.\nIt goes on [1]_.\n",
        ).text

        assert text == "A soft bold code link and role target. It goes on [1]."

    def test_notes_lists_code_and_tables_are_kept(self, tmp_path: Path) -> None:
        text = self.read_words(
            tmp_path,
            ".. note:: Mind this.\n\n   And that.\n\n- one\n  goes on\n- two\n\n"
            "Try::\n\n    if x:\n        y = *z*\n\n"
            ".. code-block:: python\n   :linenos:\n\n   print(1)\n\n"
            "=====  =====\na      b\n=====  =====\nc      d\n=====  =====\n\n"
            "+---+---+\n| e | f |\n+===+===+\n| g | h |\n+---+---+\n",
        ).text

        assert text == (
            "Mind this.\n\nAnd that.\none goes on\ntwo\n\nTry:\n\nif x:\n    y = *z*\n\nprint(1)"
            "\n\na\tb\nc\td\n\ne\tf\ng\th"
        )

    def test_tables_of_lists_and_of_values_are_read_row_by_row(self, tmp_path: Path) -> None:
        text = self.read_words(
            tmp_path,
            ".. list-table:: Birds\n   :header-rows: 1\n\n"
            "   * - Bird\n     - Colour\n   * - *Kite*\n     - red and\n       brown\n\n"
            '.. csv-table:: Fish\n   :header: "Fish", "Home"\n   :widths: 9, 9\n\n'
            '   "Pike, old", lake\n   Trout, brook\n',
        ).text

        assert text == (
            "Birds\n\nBird\tColour\nKite\tred and brown\n\n"
            "Fish\n\nFish\tHome\nPike, old\tlake\nTrout\tbrook"
        )

    def test_a_title_of_two_letters_is_underlined_with_two(self, tmp_path: Path) -> None:
        extracted = self.read_words(tmp_path, "Go\n==\n\nIt compiles.\n\nNot a title\n--\n")

        assert [heading.title for heading in extracted.headings] == ["Go"]
        assert "It compiles.\n\nNot a title" in extracted.text

    @pytest.mark.parametrize("rule", ["+---+\n| a |\n+---+", "===  ===\na    b\n===  ==="])
    @pytest.mark.parametrize("indent", ["", "  "])
    def test_a_table_may_follow_a_line_at_once(
        self, tmp_path: Path, rule: str, indent: str
    ) -> None:
        table = rule.replace("\n", f"\n{indent}")

        text = self.read_words(tmp_path, f"Words.\n{indent}{table}\n\nAfter.\n").text

        assert text.split() == ["Words.", *re.findall("[ab]", rule), "After."]

    @pytest.mark.parametrize("piece", [":a", "` "])
    def test_marks_that_nobody_closes_cost_no_time(self, tmp_path: Path, piece: str) -> None:
        path = tmp_path / "marks.rst"
        path.write_text(f"words `{piece * 60_000} words")
        began = time.process_time()

        outcome(path, self.media_type)

        assert time.process_time() - began < 5

    def test_many_titles_and_deep_indents_are_over_soon(self, tmp_path: Path) -> None:
        path = tmp_path / "many.rst"
        path.write_text("".join(f"Title {n}\n---------\n\nwords\n\n" for n in range(12_000)))
        deep = tmp_path / "deep.rst"
        deep.write_text("\n".join(" " * n + "words" for n in range(500)))
        began = time.process_time()

        assert len(self.read(path).headings) == 12_000
        outcome(deep, self.media_type)
        assert time.process_time() - began < 10
