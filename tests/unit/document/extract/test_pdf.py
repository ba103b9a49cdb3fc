"""PDF: sentences as they were written, pages as they were printed, headings as they were meant."""

import time
from pathlib import Path

import pypdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from services.document.extract.formats import extract
from services.document.extract.outcome import Extracted, Limits
from tests.unit.document.extract import files, ways
from tests.unit.document.extract.behaviour import (
    PARAGRAPHS,
    TITLES,
    FormatBehaviour,
    hold_together,
    reason,
)

LOREM = (
    "The harbour was built where two currents meet, because the sand they carry settles there and"
    " keeps the basin shallow. Every spring the town dredges it again, and every autumn the storms"
    " undo half of the work. Nobody remembers a year in which the account came out even."
)


def read(path: Path) -> Extracted:
    extracted = extract(path, files.PDF, Limits())
    hold_together(extracted)
    return extracted


class TestPdf(FormatBehaviour):
    name, media_type = "PDF", files.PDF
    ways = ("mac-roman", "subset")

    def make(self, path: Path, titles: list[str], paragraphs: list[str], way: str = "") -> Path:
        book = files.Book(path, font=ways.font(way) if way else "Times-Roman")
        for title, words in zip(titles, paragraphs, strict=True):
            book.page(("h", title), ("p", words))
        return book.done()

    def rewrite(self, path: Path, made: Path, way: str) -> Path:
        return self.make(path, TITLES, [self.shown(words) for words in PARAGRAPHS], way)


class TestPages:
    def test_each_page_holds_its_words(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "pages.pdf")
        for word in ("amber", "birch", "cedar"):
            book.page(("p", f"This page speaks of {word} only."))

        extracted = read(book.done())

        for page, word in zip(extracted.pages, ("amber", "birch", "cedar"), strict=True):
            assert word in extracted.text[page.start : page.end]

    def test_a_page_without_words_is_an_empty_span(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "gap.pdf").page().page(("p", "Words.")).page().page()

        extracted = read(book.page(("p", "More.")).page().done())

        assert [page.start == page.end for page in extracted.pages] == [
            True,
            False,
            True,
            True,
            False,
            True,
        ]

    def test_too_many_pages_are_refused(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "long.pdf")
        for _ in range(4):
            book.page(("p", "Words."))

        assert reason(book.done(), files.PDF, Limits(pages=3)) == "too-many-pages"

    @pytest.mark.parametrize("turn", [0, 90, 180, 270])
    def test_a_page_is_read_whichever_way_it_is_turned(self, tmp_path: Path, turn: int) -> None:
        canvas = Canvas(str(tmp_path / "turned.pdf"), pagesize=(600, 600))
        for word in ("amber", "birch", "cedar"):
            canvas.setPageRotation(turn)
            canvas.translate(300, 300)
            canvas.rotate(turn)
            canvas.setFont("Helvetica-Bold", 20)
            canvas.drawString(-200, 200, f"Of {word}")
            canvas.setFont("Times-Roman", 11)
            for number in range(8):
                canvas.drawString(-200, 160 - 13 * number, f"{word} is line {number} of this page.")
            canvas.showPage()
        canvas.save()

        extracted = read(tmp_path / "turned.pdf")

        assert [one.title for one in extracted.headings] == ["Of amber", "Of birch", "Of cedar"]
        assert extracted.text.count("of this page.") == 24


class TestSentences:
    def test_lines_of_a_paragraph_are_joined(self, tmp_path: Path) -> None:
        path = files.Book(tmp_path / "book.pdf").page(("p", LOREM), ("p", LOREM)).done()

        assert read(path).text == f"{LOREM}\n\n{LOREM}"

    def test_a_sentence_goes_on_over_the_page(self, tmp_path: Path) -> None:
        first, second = LOREM[:93].strip(), LOREM[93:].strip()
        book = files.Book(tmp_path / "turn.pdf").page(("p", first)).page(("p", second))

        extracted = read(book.done())

        assert extracted.text == LOREM
        assert extracted.text[extracted.pages[1].start :] == second

    def test_words_broken_at_a_line_end_are_whole_again(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "hyphens.pdf").lines(
            "Here the long word photosyn-",
            "thesis is broken, and the well-",
            "known one is not, for a well-known",
            "name keeps its hyphen, as in Jean-",
            "Paul, and pre-",
            "and post-war houses do.",
        )

        assert read(book.done()).text == (
            "Here the long word photosynthesis is broken, and the well-known one is not, for a"
            " well-known name keeps its hyphen, as in Jean-Paul, and pre- and post-war houses do."
        )

    def test_a_word_broken_at_a_page_end_is_whole_again(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "turn.pdf").lines("It is about photosyn-")

        extracted = read(book.lines("thesis in leaves.").done())

        assert extracted.text == "It is about photosynthesis in leaves."
        assert extracted.pages[1].start == extracted.text.index("thesis")

    def test_lists_keep_their_lines(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "list.pdf").lines(
            "• apples from the garden", "• pears", "• quinces of the neighbour"
        )

        assert read(book.done()).text == (
            "• apples from the garden\n• pears\n• quinces of the neighbour"
        )


class TestRunningHeads:
    def book(self, path: Path, **running: str) -> Path:
        book = files.Book(path, **running)  # type: ignore[arg-type]
        for number in range(6):
            book.page(("p", f"Chapter {number} begins. {LOREM}"), ("p", LOREM))
        return book.done()

    def test_heads_feet_and_page_numbers_are_not_text(self, tmp_path: Path) -> None:
        path = self.book(tmp_path / "book.pdf", head="A Field Guide to Harbours", foot="{page}")

        text = read(path).text

        assert "Field Guide" not in text
        assert text.startswith("Chapter 0 begins.")
        assert text.endswith("came out even.")

    def test_numbered_feet_are_not_text(self, tmp_path: Path) -> None:
        path = self.book(tmp_path / "book.pdf", foot="Page {page} of 6 - draft")

        assert "draft" not in read(path).text

    def test_a_page_of_nothing_but_head_and_foot_is_empty(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "gap.pdf", head="A Field Guide", foot="Page {page}")
        for number in range(4):
            book.page(*([("p", f"Chapter {number}. {LOREM}")] if number != 2 else []))

        extracted = read(book.done())

        assert "Guide" not in extracted.text
        assert extracted.pages[2].start == extracted.pages[2].end

    def test_cards_of_a_line_or_two_are_kept(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "cards.pdf", head="Question", foot="Answer {page}")
        for _ in range(4):
            book.page()

        assert read(book.done()).text.count("Question") == 4

    def test_words_of_the_body_that_return_are_kept(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "same.pdf")
        for number in range(6):
            book.lines(
                f"Fact {number} is told first.", f"Then fact {number + 10}.", "And this.", "Enough."
            )

        text = read(book.done()).text

        assert all(f"Fact {number} is told first." in text for number in range(6))
        assert all(f"Then fact {number + 10}." in text for number in range(6))

    def test_a_page_that_is_all_alike_is_kept(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "alike.pdf")
        for _ in range(5):
            book.lines("All work and no play.")

        assert read(book.done()).text.count("All work and no play.") == 5

    def test_numbered_titles_are_kept(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "chapters.pdf")
        for number in range(5):
            book.page(("h", f"Chapter {number + 1}"), ("p", LOREM), ("p", LOREM))

        headings = read(book.done()).headings

        assert [heading.title for heading in headings] == [f"Chapter {n + 1}" for n in range(5)]


class TestHeadings:
    def test_the_outline_leads(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "outline.pdf", outline=True)
        book.page(("h", "Tides"), ("p", f"Tides matter. {LOREM}"), ("h", "Currents"), ("p", LOREM))

        extracted = read(book.page(("h", "Sand"), ("p", LOREM)).done())

        assert [(heading.title, heading.page) for heading in extracted.headings] == [
            ("Tides", 1),
            ("Currents", 1),
            ("Sand", 2),
        ]
        assert extracted.headings[0].start == 0

    def test_without_an_outline_large_type_tells(self, tmp_path: Path) -> None:
        long = "A title that is so long that it takes more than one line of the page to print it"
        book = files.Book(tmp_path / "size.pdf").page(("h", long), ("p", LOREM))

        extracted = read(book.done())

        assert [(heading.level, heading.title) for heading in extracted.headings] == [(1, long)]

    def test_an_entry_whose_title_is_nowhere_is_no_heading(self, tmp_path: Path) -> None:
        plain = files.Book(tmp_path / "plain.pdf").page(("p", LOREM)).done()
        writer = pypdf.PdfWriter(clone_from=plain)
        writer.add_outline_item(title="Cover picture", page_number=0)
        writer.add_outline_item(title="Every spring", page_number=0)
        writer.write(tmp_path / "cover.pdf")

        headings = read(tmp_path / "cover.pdf").headings

        assert [heading.title for heading in headings] == ["Every spring"]


class TestBadFiles:
    def test_a_locked_file_is_encrypted(self, tmp_path: Path) -> None:
        plain = files.Book(tmp_path / "plain.pdf").page(("p", LOREM)).done()

        locked = files.encrypted_pdf(tmp_path / "locked.pdf", plain)

        assert reason(locked, files.PDF) == "encrypted"

    def test_a_truncated_file_is_corrupt(self, tmp_path: Path) -> None:
        book = files.Book(tmp_path / "whole.pdf")
        for _ in range(20):
            book.page(("p", LOREM))
        whole = book.done().read_bytes()
        for share in (0.1, 0.5, 0.9):
            half = tmp_path / "half.pdf"
            half.write_bytes(whole[: int(len(whole) * share)])

            assert reason(half, files.PDF) == "corrupt"

    def test_a_scan_has_no_text(self, tmp_path: Path) -> None:
        path = files.Book(tmp_path / "blank.pdf").page().page().done()

        assert reason(path, files.PDF) == "no-text"

    def test_garbage_in_the_right_clothes_is_corrupt(self, tmp_path: Path) -> None:
        path = tmp_path / "garbage.pdf"
        path.write_bytes(b"%PDF-1.7\n" + b"\x8f" * 5000 + b"\nstartxref\n0\n%%EOF\n")

        assert reason(path, files.PDF) == "corrupt"


def test_a_hundred_pages_take_about_a_second(tmp_path: Path) -> None:
    book = files.Book(tmp_path / "long.pdf", head="Harbours", foot="{page}", outline=True)
    for number in range(100):
        book.page(("h", f"Part {number}"), *[("p", LOREM)] * 9)
    path = book.done()
    began = time.process_time()

    extracted = read(path)

    assert time.process_time() - began < 2
    assert len(extracted.pages) == 100
    assert len(extracted.headings) == 100
