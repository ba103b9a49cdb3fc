"""Reads EPUB: chapters in the order of the book, each under a heading of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Final
from urllib.parse import unquote

from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from services.document.extract.composer import Composer
from services.document.extract.leaves import Leaf, Rows
from services.document.extract.markup.html import source_of, write_page
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.packed import Archive, unpacked
from services.document.extract.parts import Parts, troubles_of
from services.document.extract.recognise import Eyes
from services.document.extract.scroll import Scroll, unroll
from services.document.model.facts import Unreadable

_CONTAINER: Final = "META-INF/container.xml"
_LOCKS: Final = "META-INF/encryption.xml"
_PAGES: Final = frozenset(
    {
        *("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "image/svg+xml"),
        *("application/xml", "text/xml", "text/x-oeb1-document"),
    }
)
_NAVIGATION: Final = "application/x-dtbncx+xml"


@contextmanager
def open_epub(path: Path, limits: Limits) -> Iterator[Parts]:
    """Open a book; its chapters are its parts."""
    with unpacked(path, limits, "EPUB book") as archive:
        if _CONTAINER not in archive:
            raise Unreadable("unsupported-type", "it is an archive, but not an EPUB book")
        book = _book(archive)
        if not book.chapters:
            raise Unreadable("corrupt", "it has no chapters that can be found")
        if len(book.chapters) > limits.pages:
            raise Unreadable(
                "too-many-pages",
                f"it has {len(book.chapters):,} chapters, and {limits.pages:,} are read",
            )
        if set(book.chapters) & _locked(archive):
            raise Unreadable("encrypted", "its chapters are locked, as some shops do")
        yield _Open(archive, book, limits)


@dataclass(frozen=True, slots=True)
class _Book:
    """The chapters' names in the archive, none twice, and what the table of contents calls them."""

    chapters: list[str]
    titles: dict[str, str]


def _book(archive: Archive) -> _Book:
    container = archive.listing(_CONTAINER)
    root = next((one.get("full-path", "") for one in container.iter("{*}rootfile")), "")
    if root not in archive:
        raise Unreadable("corrupt", "it does not say where it begins")
    package = archive.listing(root)
    items = {one.get("id", ""): one for one in package.iter("{*}item")}
    named = {key: _path(root, one.get("href", "")) for key, one in items.items()}
    chapters = dict.fromkeys(
        named[key]
        for one in package.iter("{*}itemref")
        if (key := one.get("idref", "")) in items and items[key].get("media-type") in _PAGES
    )
    contents = next(
        (
            named[key]
            for key, one in items.items()
            if "nav" in one.get("properties", "").split() or one.get("media-type") == _NAVIGATION
        ),
        "",
    )
    return _Book([*chapters], _titles(archive, contents))


def _titles(archive: Archive, contents: str) -> dict[str, str]:
    """Read what the table of contents calls each chapter; a book may have none, or a broken one."""
    titles: dict[str, str] = {}
    if contents not in archive:
        return titles
    if contents.endswith(".ncx"):
        for point in archive.listing(contents).iter("{*}navPoint"):
            label = " ".join(next(point.iter("{*}text"), etree.Element("none")).itertext())
            source = next((one.get("src", "") for one in point.iter("{*}content")), "")
            titles.setdefault(_path(contents, source), label)
    else:
        page = LexborHTMLParser(source_of(archive.content(contents)))
        for link in page.css("nav a[href]"):
            titles.setdefault(_path(contents, link.attributes.get("href") or ""), link.text())
    return titles


def _locked(archive: Archive) -> set[str]:
    """Name what is encrypted; many books lock their fonts only."""
    if _LOCKS not in archive:
        return set()
    references = archive.listing(_LOCKS).iter("{*}CipherReference")
    return {unquote(one.get("URI", "")) for one in references}


def _path(origin: str, reference: str) -> str:
    """Follow a reference from one entry of the archive to another."""
    return normpath(PurePosixPath(origin).parent / unquote(reference.partition("#")[0]))


@dataclass(frozen=True, slots=True)
class _Open:
    archive: Archive
    book: _Book
    limits: Limits

    @property
    def count(self) -> int:
        return len(self.book.chapters)

    def read(self, number: int, eyes: Eyes | None) -> Rows:
        del eyes
        name = self.book.chapters[number - 1]
        scroll = Scroll(self.limits)
        write_page(self.archive.content(name), scroll)
        title = self.book.titles.get(name, "").strip()
        if title and scroll.rows and not any(level for level, *_ in scroll.rows):
            return [[1, title, ""], *scroll.rows]
        return scroll.rows

    def compose(self, leaves: Sequence[Leaf]) -> Extracted:
        """Write all chapters on one page, for a book of this kind knows no pages."""
        composer = Composer(self.limits)
        for leaf in leaves:
            unroll(leaf.rows, composer)
        return composer.finish(troubles=troubles_of(leaves))
