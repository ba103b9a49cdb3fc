"""HTML in all its spellings: of EPUB and XHTML, with tables, formulas and drawings."""

import time
from pathlib import Path

import pytest

from services.document.extract.formats import extract
from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import LIMITS, hold_together, outcome

XHTML = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">'


def read(path: Path, words: str | bytes) -> str:
    """Read a page and tell its text."""
    path = path / "page.html"
    path.write_bytes(words if isinstance(words, bytes) else words.encode())
    extracted = extract(path, files.HTML, LIMITS)
    hold_together(extracted)
    return extracted.text


class TestSpelling:
    @pytest.mark.parametrize(
        "head", ["<title/>", '<script src="a.js"/>', "<style />", "<title>x</title><script/>"]
    )
    def test_an_empty_element_does_not_swallow_the_page(self, tmp_path: Path, head: str) -> None:
        words = f"{XHTML}<head>{head}</head><body><p>Words.</p></body></html>"

        assert read(tmp_path, words) == "Words."

    def test_verbatim_words_are_words_and_declarations_are_none(self, tmp_path: Path) -> None:
        text = read(
            tmp_path,
            '<!DOCTYPE html [<!ENTITY nbsp "&#160;">]><html><body>'
            "<pre><![CDATA[if (a<b) go;]]></pre><p>After.</p></body></html>",
        )

        assert text == "if (a<b) go;\n\nAfter."

    def test_an_encoding_declared_as_xml_does_is_believed(self, tmp_path: Path) -> None:
        page = '<?xml version="1.0" encoding="iso-8859-5"?><p>Река</p>'

        assert read(tmp_path, page.encode("iso-8859-5")) == "Река"

    @pytest.mark.parametrize("piece", ["<!DOCTYPE [", '<a"', '<script"', "<![CDATA[", "] "])
    def test_what_is_never_closed_is_over_soon(self, tmp_path: Path, piece: str) -> None:
        (tmp_path / "open").write_text(f"<!DOCTYPE [{piece * 50_000}")
        began = time.process_time()

        outcome(tmp_path / "open", files.HTML)

        assert time.process_time() - began < 5


class TestRows:
    def test_a_row_is_a_line_though_its_cells_hold_paragraphs(self, tmp_path: Path) -> None:
        text = read(
            tmp_path,
            "<table><tr><th></th><th><p>Rise</p></th><th>End</th></tr><tr><td>Elbe</td>"
            "<td><p>high</p><p>hills</p></td><td>North<br>Sea</td></tr></table><p>After.</p>",
        )

        assert text == "\tRise\tEnd\nElbe\thigh hills\tNorth Sea\n\nAfter."

    def test_a_table_that_only_places_things_parts_no_page(self, tmp_path: Path) -> None:
        text = read(
            tmp_path,
            "<table><tr><td><p>Menu</p></td><td><h1>Title</h1><p>One.</p><p>Two.</p>"
            "<table><tr><td><p>a</p></td><td>b</td></tr></table></td></tr></table>",
        )

        assert text == "Menu\n\nTitle\n\nOne.\n\nTwo.\na\tb"

    def test_long_prose_in_cells_keeps_its_paragraphs(self, tmp_path: Path) -> None:
        prose = " ".join(["words"] * 300)

        text = read(tmp_path, f"<table><tr><td><p>{prose}</p><p>{prose}</p></td></tr></table>")

        assert text == f"{prose}\n\n{prose}"


class TestWithin:
    def test_a_formula_does_not_part_a_sentence(self, tmp_path: Path) -> None:
        text = read(
            tmp_path,
            "<p>It is <math><semantics><mrow><mi>π</mi><msup><mi>r</mi><mn>2</mn></msup></mrow>"
            "<annotation>\\pi r^2</annotation></semantics></math> and"
            " <m:math><m:mi>x</m:mi></m:math> here.</p>",
        )

        assert text == "It is πr2 and x here."

    @pytest.mark.parametrize(
        ("formula", "told"),
        [
            ("<mfrac><mn>1</mn> <mn>2</mn></mfrac>", "1/2"),
            ("<mn>2</mn><mfrac><mn>1</mn><mn>2</mn></mfrac><mi>x</mi>", "2 1/2 x"),
            ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac>", "(a+b)/c"),
            ("<mfrac><mi>x</mi><mfrac><mn>1</mn><mn>2</mn></mfrac></mfrac>", "x/(1/2)"),
            ("<mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac>", "n k"),
        ],
    )
    def test_fractions_keep_their_bars(self, tmp_path: Path, formula: str, told: str) -> None:
        assert read(tmp_path, f"<p>It is <math>{formula}</math>.</p>") == f"It is {told}."

    def test_words_in_a_drawing_are_read_and_icons_are_not(self, tmp_path: Path) -> None:
        text = read(
            tmp_path,
            "<p>See <svg><title>Link</title><path/></svg> there.</p><svg><title>Cycle</title>"
            "<desc>How water goes.</desc><metadata><a>tool</a></metadata><style>b</style>"
            "<text>R<tspan dy='3'>ain</tspan></text>"
            "<text><tspan x='1' y='2'>Sea</tspan><tspan x='1' y='9'>level</tspan></text></svg>",
        )

        assert text == "See there.\n\nCycle\n\nHow water goes.\n\nRain\n\nSea level"

    def test_a_drawing_of_many_strokes_is_not_deep(self, tmp_path: Path) -> None:
        strokes = '<path d="M0 0"/>' * 6_000

        assert read(tmp_path, f"<p>Words.</p><svg>{strokes}</svg>") == "Words."

    @pytest.mark.parametrize(
        "piece", ["<br>", "<br/>", "<script>if (i<n) {}</script>", "<!--<n>-->"]
    )
    def test_breaks_and_programs_are_not_deep(self, tmp_path: Path, piece: str) -> None:
        assert read(tmp_path, f"<p>Words.</p>{piece * 6_000}") == "Words."

    def test_a_heading_may_be_a_button(self, tmp_path: Path) -> None:
        text = read(tmp_path, "<h2><button>Why?</button></h2><p>So.<button>Share</button></p>")

        assert text == "Why?\n\nSo."
