"""Makes files to read, well-behaved and hostile ones."""

import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import docx
import openpyxl
import pptx
import pypdf
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EPUB = "application/epub+zip"
HTML = "text/html"
MARKDOWN = "text/markdown"
TXT = "text/plain"
RST = "text/x-rst"
CSV = "text/csv"
TSV = "text/tab-separated-values"

WIDTH, HEIGHT = 595, 842
_MARGIN = 72
_TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=18, leading=22)

Block = tuple[str, str]
"""A kind (`h` for a heading, `p` for a paragraph) and its words."""


class Book:
    """A PDF in the making: blocks on pages, with running heads and an outline if wanted."""

    def __init__(
        self,
        path: Path,
        *,
        head: str = "",
        foot: str = "",
        outline: bool = False,
        font: str = "Times-Roman",
    ) -> None:
        self.path = path
        self._head, self._foot, self._outline = head, foot, outline
        self._canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), invariant=1)
        self._body = ParagraphStyle("body", fontName=font, fontSize=11, leading=13)
        self._page = 0

    def page(self, *blocks: Block) -> "Book":
        """Set one page."""
        self._page += 1
        self._canvas.setFont("Times-Roman", 9)
        if self._head:
            self._canvas.drawString(_MARGIN, HEIGHT - 40, self._head)
        if self._foot:
            self._canvas.drawCentredString(WIDTH / 2, 36, self._foot.format(page=self._page))
        height = float(HEIGHT - 90)
        for kind, words in blocks:
            paragraph = Paragraph(words, _TITLE if kind == "h" else self._body)
            _, needed = paragraph.wrap(WIDTH - 2 * _MARGIN, HEIGHT)
            paragraph.drawOn(self._canvas, _MARGIN, height - needed)
            if kind == "h" and self._outline:
                self._canvas.bookmarkHorizontal(words, 0, height)
                self._canvas.addOutlineEntry(words, words, level=0)
            height -= needed + 14
        self._canvas.showPage()
        return self

    def lines(self, *lines: str, size: float = 11) -> "Book":
        """Set a page line by line, just as given."""
        self._page += 1
        self._canvas.setFont("Times-Roman", size)
        for number, line in enumerate(lines):
            self._canvas.drawString(_MARGIN, HEIGHT - 100 - 1.2 * size * number, line)
        self._canvas.showPage()
        return self

    def picture(self, picture: Image.Image, stamp: str = "") -> "Book":
        """Set a page that shows a picture and nothing else, but for a stamp at its foot."""
        self._page += 1
        self._canvas.drawImage(ImageReader(picture), 0, 0, WIDTH, HEIGHT)
        self._canvas.setFont("Helvetica", 9)
        self._canvas.drawString(_MARGIN, 20, stamp)
        self._canvas.showPage()
        return self

    def done(self) -> Path:
        """Finish the file."""
        self._canvas.save()
        return self.path


def scan(lines: Sequence[str], *, foot: str = "") -> Image.Image:
    """Paint lines on a sheet of white paper."""
    paper = Image.new("RGB", (900, 1273), "white")
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(34)
    for number, line in enumerate(lines):
        draw.text((90, 150 + 46 * number), line, "black", font)
    draw.text((420, 1150), foot, "black", font)
    return paper


def onlooker(folder: Path, sure: int, second: str = "true") -> Path:
    """Write a program that stands in for tesseract, notes each look, and sees the same word.

    A second look begins with a command of its own.
    """
    names = (
        *("level", "block_num", "par_num", "line_num"),
        *("left", "top", "width", "height", "conf", "text"),
    )
    values = ["5", "1", "1", "1", "90", "150", "300", "40", str(sure), "harbour"]
    (folder / "seen.tsv").write_text("\t".join(names) + "\n" + "\t".join(values) + "\n")
    program = folder / "onlooker"
    program.write_text(
        f"#!/bin/sh\ncat >/dev/null\ncd {folder}\n[ -f looks ] && {second}\n"
        "echo look >>looks\ncat seen.tsv\n"
    )
    program.chmod(0o755)
    return program


def encrypted_pdf(path: Path, plain: Path) -> Path:
    """Lock a PDF with a password."""
    writer = pypdf.PdfWriter(clone_from=plain)
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    return path


def pdf_with_content(path: Path, stream: bytes, filters: str) -> Path:
    """Make a PDF of one page by hand, whatever its content."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources 5 0 R >>",
        b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream"
        % (len(stream), filters.encode(), stream),
        b"<< >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n"
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table
    path.write_bytes(out)
    return path


def bomb_pdf(path: Path) -> Path:
    """Make a small PDF whose page unfolds to 400 MB, through two layers of compression."""
    compress = zlib.compressobj(1)
    megabyte = b" " * (1 << 20)
    body = b"".join(compress.compress(megabyte) for _ in range(400)) + compress.flush()
    return pdf_with_content(path, zlib.compress(body, 9), "[/FlateDecode /FlateDecode]")


def with_bombs(path: Path, pages: int, bombs: set[int]) -> Path:
    """Make a PDF some of whose pages take more memory than there is."""
    bomb = pypdf.PdfReader(bomb_pdf(path.with_name("bomb.pdf")))
    book = Book(path.with_name("book.pdf"))
    for number in range(1, pages + 1):
        book.page(("p", f"This is what page number {number} of the book tells its reader."))
    plain = pypdf.PdfReader(book.done())
    writer = pypdf.PdfWriter()
    for number in range(1, pages + 1):
        writer.add_page(bomb.pages[0] if number in bombs else plain.pages[number - 1])
    writer.write(path)
    return path


def word_document(path: Path, blocks: Iterable[tuple[str, str]]) -> Path:
    """Make a DOCX: `Title`, `Heading 1`, `Normal`, `List Bullet`, … and the words."""
    document = docx.Document()
    for style, words in blocks:
        document.add_paragraph(words, style=style)
    document.save(str(path))
    return path


def slides(path: Path, shown: Iterable[tuple[str, str]], *, notes: str = "") -> Path:
    """Make a PPTX: a slide for each title and its words."""
    made = pptx.Presentation()
    for title, words in shown:
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = words
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    made.save(str(path))
    return path


def workbook(path: Path, sheets: Mapping[str, Iterable[Iterable[object]]]) -> Path:
    """Make an XLSX: sheets by name, and their rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def changed_zip(path: Path, whole: Path, name: str, content: bytes) -> Path:
    """Copy a zip with another content of one entry."""
    with (
        zipfile.ZipFile(whole) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as sink,
    ):
        for entry in source.infolist():
            if entry.filename != name:
                sink.writestr(entry, source.read(entry))
        sink.writestr(name, content)
    return path


def book(path: Path, chapters: Iterable[tuple[str, str, str]]) -> Path:
    """Make an EPUB: chapters by file name, title in the table of contents, and body."""
    chapters = list(chapters)
    items = "".join(
        f'<item id="c{n}" href="text/{name}" media-type="application/xhtml+xml"/>'
        for n, (name, _, _) in enumerate(chapters)
    )
    refs = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    links = "".join(f'<li><a href="text/{name}">{t}</a></li>' for name, t, _ in chapters)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as sink:
        sink.writestr("mimetype", EPUB, zipfile.ZIP_STORED)
        sink.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        )
        sink.writestr(
            "OEBPS/book.opf",
            '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"><manifest>'
            '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
            f"{items}</manifest><spine>{refs}</spine></package>",
        )
        sink.writestr("OEBPS/nav.xhtml", f"<html><body><nav><ol>{links}</ol></nav></body></html>")
        for name, _, body in chapters:
            page = f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">{body}</html>'
            sink.writestr(f"OEBPS/text/{name}", page)
    return path


def bomb_docx(path: Path, plain: Path, *, size: int) -> Path:
    """Make a DOCX whose text unfolds to `size` bytes."""
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as sink,
    ):
        for entry in source.infolist():
            if entry.filename != "word/document.xml":
                sink.writestr(entry, source.read(entry))
        with sink.open("word/document.xml", "w") as document:
            document.write(
                b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
                b"<w:body><w:p><w:r><w:t>"
            )
            for _ in range(size >> 20):
                document.write(b"a" * (1 << 20))
            document.write(b"</w:t></w:r></w:p></w:body></w:document>")
    return path


def zip_of(path: Path, names: Sequence[str]) -> Path:
    """Make a zip that is no document."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "hello")
    return path


def entities_docx(path: Path, plain: Path) -> Path:
    """Make a DOCX whose text is an entity of entities of entities."""
    entities = ['<!ENTITY e0 "ha">']
    entities += [f'<!ENTITY e{n} "{10 * f"&e{n - 1};"}">' for n in range(1, 9)]
    xml = (
        f'<?xml version="1.0"?><!DOCTYPE w [{"".join(entities)}]>'
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p><w:r><w:t>start &e8; end</w:t></w:r></w:p></w:body></w:document>"
    )
    return changed_zip(path, plain, "word/document.xml", xml.encode())
