"""Every format keeps the same promises, and some of its own: texts of all kinds."""

import time
from html import escape
from pathlib import Path

import pytest

from services.document.extract.outcome import Extracted
from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import (
    TextualBehaviour,
    hold_together,
    outcome,
    reason,
)


class TestText(TextualBehaviour):
    name, media_type = "plain text", files.TXT

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        blocks = [block for pair in zip(titles, paragraphs, strict=True) for block in pair]
        path.write_text("\n\n".join(blocks), encoding="utf-8")
        return path

    @pytest.mark.parametrize(
        ("encoding", "words"),
        [
            ("utf-8-sig", "Größe und Maß, naïve café"),
            ("utf-16", "Größe und Maß, naïve café"),
            ("utf-16-le", "Plain western words without a mark"),
            ("utf-16-be", "Plain western words without a mark"),
            ("utf-32", "Größe und Maß, naïve café"),
            ("cp1252", "“Größe” and the naïve café … all is there, written long ago on Windows"),
            ("iso-8859-1", "Die Größe der Straße ändert über Nacht nichts an ihrer Länge, Jürgen"),
            ("cp1250", "Zażółć gęślą jaźń, a rzeka płynie na północ przez całą zimę i wiosnę"),
            ("iso-8859-2", "Zażółć gęślą jaźń, a rzeka płynie na północ przez całą zimę"),
            ("koi8-r", "Река течёт на север, и весной вода поднимается до самых старых домов"),
            ("cp1251", "Река течёт на север, и весной вода поднимается до самых старых домов"),
            (
                "shift_jis",
                "川は北へ流れ、春になると水は古い家まで上がってくる。",
            ),
        ],
    )
    def test_old_encodings_are_understood(self, tmp_path: Path, encoding: str, words: str) -> None:
        path = tmp_path / "old.txt"
        path.write_bytes(words.encode(encoding))

        assert self.read(path).text == words

    def test_line_ends_of_every_system_are_line_feeds(self, tmp_path: Path) -> None:
        path = tmp_path / "lines.txt"
        path.write_bytes(b"one\r\ntwo\rthree\nfour")

        assert self.read(path).text == "one\ntwo\nthree\nfour"

    def test_what_cannot_be_read_or_stored_is_left_out(self, tmp_path: Path) -> None:
        path = tmp_path / "odd.txt"
        path.write_text("a\x07b\u200bc \ufb01ne \ue123 so\u00adft", encoding="utf-8")

        assert self.read(path).text == "abc fine  soft"

    def test_marks_heaped_on_a_letter_cost_no_time(self, tmp_path: Path) -> None:
        path = tmp_path / "heaped.txt"
        path.write_text("a" + "\u0301\u0316" * 200_000 + " words", encoding="utf-8")
        began = time.process_time()

        assert self.read(path).text.endswith("\u0301 words")
        assert time.process_time() - began < 5

    def test_a_program_is_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "program.txt"
        path.write_bytes(bytes(range(256)) * 50)

        assert reason(path, self.media_type) == "unsupported-type"


class TestMarkdown(TextualBehaviour):
    name, media_type = "Markdown", files.MARKDOWN

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        pairs = zip(titles, paragraphs, strict=True)
        path.write_text("\n\n".join(f"# {title}\n\n{words}" for title, words in pairs), "utf-8")
        return path

    def read_words(self, tmp_path: Path, words: str) -> str:
        path = tmp_path / "notes.md"
        path.write_text(words, encoding="utf-8")
        extracted = self.read(path)
        hold_together(extracted)
        return extracted.text

    def test_marks_are_not_text(self, tmp_path: Path) -> None:
        text = self.read_words(
            tmp_path,
            "A *soft* **bold** `code` [link](http://x.test/y) ![map](m.png) ~~gone~~\nnext",
        )

        assert text == "A soft bold code link map gone next"

    def test_front_matter_is_not_text(self, tmp_path: Path) -> None:
        assert self.read_words(tmp_path, "---\ntitle: secret\n---\n\nWords.") == "Words."

    def test_lists_and_tables_keep_their_lines(self, tmp_path: Path) -> None:
        text = self.read_words(tmp_path, "- one\n- two\n\n| a | b |\n|---|---|\n| c | d |\n")

        assert text == "one\ntwo\na\tb\nc\td"

    def test_code_stays_as_it_is(self, tmp_path: Path) -> None:
        text = self.read_words(tmp_path, "Try:\n\n```python\nif x:\n    y = *z*\n```\n")

        assert text == "Try:\n\nif x:\n    y = *z*"

    def test_headings_may_be_written_as_html(self, tmp_path: Path) -> None:
        path = tmp_path / "readme.md"
        path.write_text('<h1 align="center">Otters</h1>\n\nThey dive.\n\n<h2>Food</h2>\n<p>Fish\n')

        extracted = self.read(path)

        hold_together(extracted)
        assert extracted.text == "Otters\n\nThey dive.\n\nFood\n\nFish"
        assert [(one.level, one.title) for one in extracted.headings] == [
            (1, "Otters"),
            (2, "Food"),
        ]

    def test_levels_are_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "levels.md"
        path.write_text("# A\n\n### B\n\nC\n---\n\nwords", encoding="utf-8")

        headings = self.read(path).headings

        assert [(heading.level, heading.title) for heading in headings] == [
            (1, "A"),
            (3, "B"),
            (2, "C"),
        ]

    def test_a_break_within_a_line_or_a_cell_parts_words(self, tmp_path: Path) -> None:
        text = self.read_words(tmp_path, "a<br/>b\n\n| c | d |\n|---|---|\n| e<br>f | g |\n")

        assert text == "a\nb\nc\td\ne f\tg"

    def test_deep_lists_keep_all_their_items(self, tmp_path: Path) -> None:
        items = [f"item {n}" for n in range(40)]

        text = self.read_words(tmp_path, "\n".join(f"{'  ' * n}- {i}" for n, i in enumerate(items)))

        assert text.split("\n") == items

    def test_a_footnote_of_one_word_is_kept(self, tmp_path: Path) -> None:
        text = self.read_words(tmp_path, "Finches[^1].\n\n[^1]: Darwin\n[2]: http://x.test\n")

        assert text == "Finches[^1].\n\n[^1]: Darwin [2]: http://x.test"

    def test_html_within_is_seen_as_words(self, tmp_path: Path) -> None:
        text = self.read_words(tmp_path, "<div>some <b>bold</b><script>no()</script></div>\n")

        assert "some bold" in text
        assert "no()" not in text


class TestHtml(TextualBehaviour):
    name, media_type = "HTML", files.HTML

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        pairs = zip(titles, paragraphs, strict=True)
        body = "".join(f"<h2>{escape(title)}</h2><p>{escape(words)}" for title, words in pairs)
        path.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{body}", "utf-8")
        return path

    def read_words(self, tmp_path: Path, words: str) -> str:
        path = tmp_path / "page.html"
        path.write_text(words, encoding="utf-8")
        extracted = self.read(path)
        hold_together(extracted)
        return extracted.text

    def test_what_is_not_seen_is_not_text(self, tmp_path: Path) -> None:
        text = self.read_words(
            tmp_path,
            "<title>t</title><style>s</style><script>j</script><nav>menu</nav>"
            "<p hidden>h</p><!-- c --><noscript>n</noscript><template>t</template><p>words</p>",
        )

        assert text == "words"

    def test_inline_marks_do_not_part_words(self, tmp_path: Path) -> None:
        assert self.read_words(tmp_path, "<p>un<b>believ</b>able\n  <i>story</i>") == (
            "unbelievable story"
        )

    def test_blocks_lines_and_cells_are_apart(self, tmp_path: Path) -> None:
        text = self.read_words(
            tmp_path,
            "<div>a<div>b</div>c</div><ul><li>one<li>two</ul>"
            "<table><tr><td>x<td>y<tr><td>z</table>line<br>break",
        )

        assert text == "a\n\nb\n\nc\none\ntwo\nx\ty\nz\n\nline\nbreak"

    def test_preformatted_text_stays_as_it_is(self, tmp_path: Path) -> None:
        assert self.read_words(tmp_path, "<p>so:<pre>if x:\n    y</pre>") == "so:\n\nif x:\n    y"

    def test_a_declared_encoding_is_believed(self, tmp_path: Path) -> None:
        path = tmp_path / "old.html"
        path.write_bytes('<meta charset="cp1251"><p>Река'.encode("cp1251"))

        assert self.read(path).text == "Река"

    @pytest.mark.parametrize("tag", ["div", "b", "table", "span", "ul", "section"])
    def test_deep_nesting_is_over_soon(self, tmp_path: Path, tag: str) -> None:
        path = tmp_path / "deep.html"
        path.write_text(f"<{tag}>" * 100_000 + "words", encoding="utf-8")

        read = outcome(path, self.media_type)

        assert read == "corrupt" or (isinstance(read, Extracted) and read.text == "words")

    @pytest.mark.parametrize("value", ["", "=x", '=">"', "='<p'"])
    def test_an_element_of_endless_attributes_is_refused_soon(
        self, tmp_path: Path, value: str
    ) -> None:
        path = tmp_path / "attributes.html"
        path.write_text("<p " + " ".join(f"a{n}{value}" for n in range(200_000)) + ">words</p>")
        began = time.process_time()

        assert reason(path, self.media_type) == "corrupt"
        assert time.process_time() - began < 5

    def test_long_scripts_comments_and_values_are_no_attributes(self, tmp_path: Path) -> None:
        words = " ".join(f"w{n}" for n in range(2_000))

        text = self.read_words(
            tmp_path,
            f"<!-- a <b {words} --><script>if (a<b {words}) x</script>"
            f"<p title=\"{words}\" data-x='<p {words}'>seen</p>",
        )

        assert text == "seen"


@pytest.mark.parametrize("media_type", ["audio/mpeg", "application/zip", "", "image/x-icon"])
def test_other_types_are_not_supported(tmp_path: Path, media_type: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"hello")

    assert reason(path, media_type) == "unsupported-type"


@pytest.mark.parametrize("media_type", [files.PDF, files.DOCX])
def test_another_type_under_the_right_name_is_corrupt(tmp_path: Path, media_type: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"just some text that is neither\n" * 300)

    assert reason(path, media_type) == "corrupt"
