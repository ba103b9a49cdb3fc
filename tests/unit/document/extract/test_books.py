"""EPUB: chapters in the order of the book, under headings, and what becomes of broken ones."""

import zipfile
from html import escape
from pathlib import Path

import pytest

from tests.unit.document.extract import files
from tests.unit.document.extract.behaviour import PackedBehaviour, hold_together, reason


class TestEpub(PackedBehaviour):
    name, media_type = "EPUB", files.EPUB

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        pairs = zip(titles, paragraphs, strict=True)
        return files.book(
            path,
            [
                (f"c{n}.xhtml", escape(title), f"<body><p>{escape(words)}</p></body>")
                for n, (title, words) in enumerate(pairs)
            ],
        )

    def test_a_chapter_without_a_heading_takes_its_name_from_the_contents(
        self, tmp_path: Path
    ) -> None:
        path = files.book(
            tmp_path / "book.epub",
            [
                ("a b.xhtml", "The first", "<body><p>Words of one.</p></body>"),
                ("c.xhtml", "Another name", "<body><h2>The second</h2><p>More.</p></body>"),
            ],
        )

        extracted = self.read(path)

        hold_together(extracted)
        assert extracted.text == "The first\n\nWords of one.\n\nThe second\n\nMore."
        assert [(one.level, one.title) for one in extracted.headings] == [
            (1, "The first"),
            (2, "The second"),
        ]

    def test_a_chapter_without_words_leaves_no_trace(self, tmp_path: Path) -> None:
        chapters = [
            ("cover.xhtml", "Cover", "<body><img src='a.png'/></body>"),
            ("a.xhtml", "One", "<body><p>Words.</p></body>"),
            ("b.xhtml", "", "<body></body>"),
        ]

        extracted = self.read(files.book(tmp_path / "gaps.epub", chapters))

        hold_together(extracted)
        assert extracted.text == "One\n\nWords."
        assert extracted.troubles == ()

    def test_old_contents_are_understood(self, tmp_path: Path) -> None:
        made = files.book(tmp_path / "new.epub", [("a.xhtml", "", "<body><p>Words.</p></body>")])
        package = (
            '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
            '<item id="toc" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
            '<item id="c" href="text/a.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine toc="toc"><itemref idref="c"/></spine></package>'
        )
        contents = (
            '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "ncx.dtd">'
            '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel>'
            '<text>Chapter one</text></navLabel><content src="text/a.xhtml#x"/></navPoint>'
            "</navMap></ncx>"
        )
        path = files.changed_zip(tmp_path / "a.epub", made, "OEBPS/book.opf", package.encode())
        path = files.changed_zip(tmp_path / "old.epub", path, "OEBPS/toc.ncx", contents.encode())

        assert self.read(path).text == "Chapter one\n\nWords."

    def test_a_missing_chapter_is_a_warning_and_the_others_are_read(
        self, tmp_path: Path, made: Path
    ) -> None:
        package = made.read_bytes().replace(b"text/c1.xhtml", b"text/cX.xhtml")
        path = tmp_path / "missing.epub"
        path.write_bytes(package)

        extracted = self.read(path)

        assert [(one.code, one.page) for one in extracted.troubles] == [("corrupt", 2)]
        assert [one.title for one in extracted.headings] == ["The river", "Where it ends"]

    def test_locked_chapters_are_encrypted_and_locked_fonts_are_not(
        self, tmp_path: Path, made: Path
    ) -> None:
        lock = (
            '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData>'
            '<CipherData><CipherReference URI="{}"/></CipherData></EncryptedData></encryption>'
        )
        name = "META-INF/encryption.xml"
        fonts = lock.format("OEBPS/fonts/a.otf").encode()
        chapters = lock.format("OEBPS/text/c0.xhtml").encode()

        assert self.read(files.changed_zip(tmp_path / "fonts", made, name, fonts)).text
        locked = files.changed_zip(tmp_path / "locked", made, name, chapters)
        assert reason(locked, self.media_type) == "encrypted"

    @pytest.mark.parametrize("name", ["META-INF/container.xml", "OEBPS/book.opf"])
    def test_a_book_that_does_not_say_where_it_begins_is_corrupt(
        self, tmp_path: Path, made: Path, name: str
    ) -> None:
        path = files.changed_zip(tmp_path / "lost", made, name, b"<nothing/>")

        assert reason(path, self.media_type) == "corrupt"

    def test_entities_are_refused(self, tmp_path: Path, made: Path) -> None:
        bomb = b'<!DOCTYPE a [<!ENTITY b "boom">]><container>&b;</container>'
        path = files.changed_zip(tmp_path / "bomb", made, "META-INF/container.xml", bomb)

        assert reason(path, self.media_type) == "corrupt"

    def test_a_chapter_that_is_named_again_and_again_is_read_once(
        self, tmp_path: Path, made: Path
    ) -> None:
        with zipfile.ZipFile(made) as whole:
            package = whole.read("OEBPS/book.opf").decode()
        often = package.replace("</spine>", 9_999 * '<itemref idref="c0"/>' + "</spine>")
        path = files.changed_zip(tmp_path / "often", made, "OEBPS/book.opf", often.encode())

        assert self.read(path) == self.read(made)

    def test_words_of_a_drawn_cover_are_read(self, tmp_path: Path) -> None:
        cover = "<body><svg><image href='a.png'/><text>On rivers</text></svg></body>"

        path = files.book(tmp_path / "drawn.epub", [("cover.xhtml", "", cover)])

        assert self.read(path).text == "On rivers"

    def test_a_drawing_may_be_a_chapter(self, tmp_path: Path, made: Path) -> None:
        with zipfile.ZipFile(made) as whole:
            package = whole.read("OEBPS/book.opf").decode()
        package = package.replace(
            'c0.xhtml" media-type="application/xhtml+xml"', 'c0.xhtml" media-type="image/svg+xml"'
        )
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><text>On rivers</text></svg>'
        path = files.changed_zip(tmp_path / "a", made, "OEBPS/book.opf", package.encode())
        path = files.changed_zip(tmp_path / "b", path, "OEBPS/text/c0.xhtml", svg)

        assert self.read(path).text.startswith("The river\n\nOn rivers\n\nWhere it rises")

    def test_another_zip_is_no_book(self, tmp_path: Path) -> None:
        assert reason(files.zip_of(tmp_path / "z", ["a.txt"]), self.media_type) == (
            "unsupported-type"
        )
