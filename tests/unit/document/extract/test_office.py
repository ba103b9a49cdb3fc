"""Word's paragraphs and PowerPoint's slides, well-behaved and hostile."""

import re
import time
import zipfile
from pathlib import Path

import docx
import pptx
import pytest
from pptx.util import Inches

from tests.unit.document.extract import drawings, files
from tests.unit.document.extract.behaviour import (
    PackedBehaviour,
    hold_together,
    reason,
)
from tests.unit.document.extract.drawings import fraction, sign


class TestWord(PackedBehaviour):
    name, media_type = "DOCX", files.DOCX

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        blocks = []
        for title, words in zip(titles, paragraphs, strict=True):
            blocks += [("Heading 1", title), ("Normal", words)]
        return files.word_document(path, blocks)

    def test_levels_come_from_styles_also_inherited_ones(self, tmp_path: Path) -> None:
        document = docx.Document()
        own = document.styles.add_style("Kapitel", 1)
        own.base_style = document.styles["Heading 2"]
        for style in ("Title", "Kapitel", "Heading 3"):
            document.add_paragraph(f"a {style}", style=style)
        document.save(str(tmp_path / "levels.docx"))

        headings = self.read(tmp_path / "levels.docx").headings

        assert [heading.level for heading in headings] == [1, 2, 3]

    def test_lists_and_tables_keep_their_lines(self, tmp_path: Path) -> None:
        document = docx.Document()
        for words in ("one", "two"):
            document.add_paragraph(words, style="List Bullet")
        table = document.add_table(2, 2)
        for place, words in zip([(0, 0), (0, 1), (1, 0), (1, 1)], "abcd", strict=True):
            table.cell(*place).text = words
        document.save(str(tmp_path / "table.docx"))

        assert self.read(tmp_path / "table.docx").text == "one\ntwo\na\tb\nc\td"

    def test_a_zip_bomb_is_refused_unopened(self, tmp_path: Path, made: Path) -> None:
        bomb = files.bomb_docx(tmp_path / "bomb.docx", made, size=600 << 20)

        assert bomb.stat().st_size < 5_000_000
        assert reason(bomb, self.media_type) == "too-large"

    def test_entities_do_not_unfold(self, tmp_path: Path, made: Path) -> None:
        path = files.entities_docx(tmp_path / "entities.docx", made)

        assert reason(path, self.media_type) == "corrupt"

    def test_an_entity_from_elsewhere_is_refused_instead_of_dropping_words(
        self, tmp_path: Path, made: Path
    ) -> None:
        xml = (
            '<!DOCTYPE w [<!ENTITY out SYSTEM "elsewhere.txt">]><w:document'
            ' xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            "<w:body><w:p><w:r><w:t>before &out; after</w:t></w:r></w:p></w:body></w:document>"
        )
        path = files.changed_zip(tmp_path / "out.docx", made, "word/document.xml", xml.encode())
        wide = files.changed_zip(
            tmp_path / "wide.docx", made, "word/document.xml", xml.encode("utf-16")
        )

        assert reason(path, self.media_type) == "corrupt"
        assert reason(wide, self.media_type) == "corrupt"

    def test_a_million_paragraphs_are_refused_soon(self, tmp_path: Path, made: Path) -> None:
        xml = (
            b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            b"<w:body>" + 1_000_000 * b"<w:p/>" + b"</w:body></w:document>"
        )
        path = files.changed_zip(tmp_path / "many.docx", made, "word/document.xml", xml)
        began = time.process_time()

        assert reason(path, self.media_type) == "too-much-text"
        assert time.process_time() - began < 15

    def test_running_heads_and_feet_are_not_text(self, tmp_path: Path) -> None:
        document = docx.Document()
        document.sections[0].header.paragraphs[0].text = "Confidential"
        document.sections[0].footer.paragraphs[0].text = "Page 1"
        document.add_paragraph("The words.")
        document.save(str(tmp_path / "heads.docx"))

        assert self.read(tmp_path / "heads.docx").text == "The words."

    def test_charts_and_diagrams_are_read_where_they_stand(self, tmp_path: Path) -> None:
        plain = files.word_document(tmp_path / "plain.docx", [("Normal", "before")])
        path = drawings.in_word(tmp_path / "drawn.docx", plain)

        assert self.read(path).text == (
            "before\n\nHarvest\n\tWheat\tRye\nSpring\t3\t1.5\nAutumn\t\t4\n\nSow\nReap\n\nafter"
        )

    def test_notes_follow_what_they_belong_to_unless_it_was_deleted(self, tmp_path: Path) -> None:
        plain = files.word_document(tmp_path / "plain.docx", [("Normal", "before")])
        path = drawings.with_notes(tmp_path / "noted.docx", plain)

        assert self.read(path).text == (
            "before\n\nIt rains.\n\nSeldom here.\nMay\twet\n\nBy ten gauges."
        )

    def test_a_text_box_is_a_paragraph_of_its_own(self, tmp_path: Path) -> None:
        plain = files.word_document(tmp_path / "plain.docx", [("Normal", "before")])
        path = drawings.with_box(tmp_path / "boxed.docx", plain)

        assert self.read(path).text == "It rains often.\n\nMind this.\nMay\twet\n\nafter"

    @pytest.mark.parametrize(
        ("formula", "told"),
        [
            (fraction(sign("1"), sign("2")), "1/2"),
            (sign("2") + fraction(sign("1"), sign("2")) + sign("x"), "2 1/2 x"),
            (fraction(sign("a") + sign("+b"), sign("c")), "(a+b)/c"),
            (fraction(sign("x"), fraction(sign("1"), sign("2"))), "x/(1/2)"),
        ],
    )
    def test_fractions_keep_their_bars(self, tmp_path: Path, formula: str, told: str) -> None:
        plain = files.word_document(tmp_path / "plain.docx", [("Normal", "before")])
        path = drawings.in_sentence(tmp_path / "formula.docx", plain, formula)

        assert self.read(path).text == f"It is {told}."

    def test_another_zip_is_no_document(self, tmp_path: Path) -> None:
        path = files.zip_of(tmp_path / "other.docx", ["a.txt", "b.txt"])

        assert reason(path, self.media_type) == "unsupported-type"

    def test_a_broken_zip_is_corrupt(self, tmp_path: Path, made: Path) -> None:
        whole = made.read_bytes()
        (tmp_path / "half.docx").write_bytes(whole[: len(whole) // 2])

        assert reason(tmp_path / "half.docx", self.media_type) == "corrupt"

    def test_a_locked_one_is_encrypted(self, tmp_path: Path) -> None:
        path = tmp_path / "locked.docx"
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))

        assert reason(path, self.media_type) == "encrypted"


class TestSlides(PackedBehaviour):
    name, media_type = "PPTX", files.PPTX

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        return files.slides(path, zip(titles, paragraphs, strict=True))

    def test_notes_follow_their_slide(self, tmp_path: Path) -> None:
        path = files.slides(
            tmp_path / "notes.pptx", [("One", "shown"), ("Two", "also")], notes="Say it slowly."
        )

        extracted = self.read(path)

        first, second = extracted.pages
        assert "shown\n\nSay it slowly." in extracted.text[first.start : first.end]
        assert "also\n\nSay it slowly." in extracted.text[second.start : second.end]

    def test_a_chart_is_read_as_its_table(self, tmp_path: Path) -> None:
        made = pptx.Presentation()
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = "Fields"
        drawings.add_chart(slide)
        made.save(str(tmp_path / "chart.pptx"))

        text = self.read(tmp_path / "chart.pptx").text

        assert text == "Fields\n\nHarvest\n\tWheat\tRye\nSpring\t3\t1.5\nAutumn\t\t4"

    def test_a_diagram_is_read_step_by_step(self, tmp_path: Path) -> None:
        plain = files.slides(tmp_path / "plain.pptx", [("Fields", "In a year"), ("Next", "more")])

        extracted = self.read(drawings.on_slide(tmp_path / "drawn.pptx", plain))

        hold_together(extracted)
        assert extracted.text == "Fields\n\nIn a year\n\nSow\nReap\n\nNext\n\nmore"

    def test_feet_and_numbers_of_slides_are_not_text(self, tmp_path: Path) -> None:
        made = pptx.Presentation()
        for number in range(4):
            slide = made.slides.add_slide(made.slide_layouts[1])
            slide.shapes.title.text = f"Slide about {number}"
            slide.placeholders[1].text = f"Words of slide {number}"
            box = slide.shapes.add_textbox(Inches(1), Inches(7), Inches(3), Inches(0.4))
            box.text_frame.text = "University of Somewhere"
            for index in (10, 11, 12):  # date, foot, number
                slide.shapes.clone_placeholder(made.slide_layouts[1].placeholders.get(index))
                slide.placeholders[index].text = f"FOOT {number}"
        made.save(str(tmp_path / "feet.pptx"))

        text = self.read(tmp_path / "feet.pptx").text

        assert "FOOT" not in text
        assert "University of Somewhere" not in text
        assert "Words of slide 3" in text

    def test_a_formula_is_read_in_its_sentence(self, tmp_path: Path) -> None:
        plain = files.slides(tmp_path / "plain.pptx", [("Area", "It is HERE.")])

        assert self.read(drawings.with_formula(tmp_path / "f.pptx", plain)).text == (
            "Area\n\nIt is πr."
        )

    def test_a_slide_that_is_named_again_and_again_is_read_once(
        self, tmp_path: Path, made: Path
    ) -> None:
        with zipfile.ZipFile(made) as whole:
            listed = whole.read("ppt/presentation.xml")
        one = re.findall(rb"<p:sldId [^>]*/>", listed)[0]
        often = listed.replace(b"</p:sldIdLst>", 9_999 * one + b"</p:sldIdLst>")
        path = files.changed_zip(tmp_path / "often", made, "ppt/presentation.xml", often)

        assert self.read(path) == self.read(made)

    def test_tables_are_read_row_by_row(self, tmp_path: Path) -> None:
        made = pptx.Presentation()
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = "Rivers"
        frame = slide.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(5), Inches(1))
        for place, words in zip([(0, 0), (0, 1), (1, 0), (1, 1)], "abcd", strict=True):
            frame.table.cell(*place).text = words
        made.save(str(tmp_path / "table.pptx"))

        assert self.read(tmp_path / "table.pptx").text == "Rivers\n\na\tb\nc\td"

    def test_a_broken_slide_is_a_warning_and_the_others_are_read(
        self, tmp_path: Path, made: Path
    ) -> None:
        path = files.changed_zip(
            tmp_path / "broken.pptx", made, "ppt/slides/slide2.xml", b"<p:sld><not closed"
        )

        extracted = self.read(path)

        hold_together(extracted)
        assert [(one.code, one.page) for one in extracted.troubles] == [("corrupt", 2)]
        assert [heading.page for heading in extracted.headings] == [1, 3]


@pytest.mark.parametrize("media_type", [files.DOCX, files.PPTX, files.XLSX])
def test_one_kind_under_the_name_of_another_is_refused(tmp_path: Path, media_type: str) -> None:
    path = files.zip_of(tmp_path / "other", ["a.txt", "b.txt"])

    assert reason(path, media_type) == "unsupported-type"
