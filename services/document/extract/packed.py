"""Looks into packed files (DOCX, PPTX, XLSX, EPUB) and refuses what would unfold beyond measure."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from lxml import etree

from services.document.extract.outcome import Limits, TooMuch
from services.document.model.facts import Unreadable

_ENTRIES: Final = 20_000
_CHUNK: Final = 1024 * 1024
_TEXTS: Final = frozenset({".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".ncx", ".vml"})
_TYPES: Final = tuple("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
_TYPE: Final = re.compile(rb"<!DOCTYPE[^>\[]*>", re.IGNORECASE)
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    ValueError,
    NotImplementedError,
    EOFError,
)


class Archive:
    """An open zip. What is read of it was looked at before.

    Its formats take no notice of capitals in names, and some programs part folders as Windows does.
    """

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._names = {_known_as(name): name for name in archive.namelist()}
        self._archive = archive
        self._limits = limits

    def __contains__(self, name: str) -> bool:
        return _known_as(name) in self._names

    def content(self, name: str) -> bytes:
        """Unpack one entry."""
        try:
            return self._archive.read(self._entry(name))
        except (*_BROKEN, RuntimeError) as error:
            raise Unreadable("corrupt", f"{name} in it is damaged") from error

    def xml(self, name: str) -> etree._Element:
        """Parse one entry that must not declare entities, as none of an Office file does."""
        with self.checked(name) as file:
            parser = etree.XMLParser(
                resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True
            )
            try:
                return etree.parse(file, parser).getroot()
            except (etree.XMLSyntaxError, *_BROKEN) as error:
                raise Unreadable("corrupt", f"{name} in it is damaged") from error

    def listing(self, name: str) -> etree._Element:
        """Parse an entry of an older kind, which may name a document type but nothing more."""
        content = _TYPE.sub(b"", self.content(name), count=1)
        if b"<!" in content[:_CHUNK].replace(b"<!--", b""):
            raise Unreadable("corrupt", "it declares entities, which its format forbids")
        try:
            return etree.fromstring(
                content, etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
            )
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Unreadable("corrupt", f"{name} in it is damaged") from error

    @contextmanager
    def checked(self, name: str) -> Iterator[IO[bytes]]:
        """Open one entry whose marks were counted."""
        entry = self._entry(name)
        try:
            with self._archive.open(entry) as file:
                self._count(file)
            with self._archive.open(entry) as file:
                yield file
        except _BROKEN as error:
            raise Unreadable("corrupt", f"{name} in it is damaged") from error

    def _entry(self, name: str) -> str:
        entry = self._names.get(_known_as(name))
        if entry is None:
            raise Unreadable("corrupt", f"{name} is missing in it")
        return entry

    def _count(self, file: IO[bytes]) -> None:
        """Refuse entities and too many tags before a parser makes them unfold."""
        tags, before = 0, b""
        while chunk := file.read(_CHUNK):
            seen = before + chunk
            if any(mark in seen for mark in _TYPES):
                raise Unreadable("corrupt", "it declares entities, which its format forbids")
            tags += chunk.count(b"<")
            if tags > self._limits.elements:
                raise TooMuch(f"{self._limits.elements:,} tags in one part")
            before = chunk[-32:]


@contextmanager
def unpacked(path: Path, limits: Limits, what: str) -> Iterator[Archive]:
    """Open a zip, unless it is broken, locked or far too large when unfolded."""
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise Unreadable("corrupt", f"it is not a valid {what}") from error
    with archive:
        entries = archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise Unreadable("encrypted", "it is protected with a password")
        texts = sum(entry.file_size for entry in entries if _is_text(entry.filename))
        if len(entries) > _ENTRIES or texts > limits.unpacked:
            raise Unreadable("too-large", "it unfolds to more than is read")
        yield Archive(archive, limits)


def _known_as(name: str) -> str:
    return name.replace("\\", "/").casefold()


def _is_text(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _TEXTS or "." not in PurePosixPath(name).name
