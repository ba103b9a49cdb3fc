"""Zips: Word, PowerPoint, Excel and EPUB files by what their directory lists, and no others."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from services.storage.content.reading import Reading
from services.storage.model.errors import Corrupt, Encrypted, TooLarge

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
DOCX: Final = f"{_OFFICE}wordprocessingml.document"
PPTX: Final = f"{_OFFICE}presentationml.presentation"
XLSX: Final = f"{_OFFICE}spreadsheetml.sheet"
EPUB: Final = "application/epub+zip"

_BODIES: Final = (
    ("word/document*.xml", DOCX),
    ("ppt/presentation*.xml", PPTX),
    ("xl/workbook*.xml", XLSX),
)
_CONTENT_TYPES: Final = "[Content_Types].xml"
_MACROS: Final = "vbaProject.bin"
_OTHERS: Final = (
    ("xl/workbook.bin", "a binary Excel workbook"),
    ("content.xml", "an OpenDocument file"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
    ("AndroidManifest.xml", "an Android program"),
)
_TEXTS: Final = frozenset({".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".ncx", ".vml"})
MOST_UNPACKED: Final = 512 * 1024 * 1024
"""Bytes of text that an archive may unfold to; pictures and films in it are not unpacked."""


@dataclass(frozen=True, slots=True)
class Zipped:
    """What a zip is, and the media type if it can be read."""

    what: str
    media_type: str | None = None


def zipped(content: Reading) -> Zipped:
    """Tell what a zip is, from its directory alone."""
    try:
        with zipfile.ZipFile(_Ends(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise Corrupt(
            "it begins as an Office, EPUB or zip file does, but its end is missing or broken"
        ) from None
    found = _told([entry.filename for entry in entries])
    if found.media_type is None:
        return found
    if any(entry.flag_bits & 1 for entry in entries):
        raise Encrypted(f"it is {found.what} locked with a password")
    unpacked = sum(
        entry.file_size
        for entry in entries
        if PurePosixPath(entry.filename).suffix.lower() in _TEXTS
    )
    if unpacked > MOST_UNPACKED:
        raise TooLarge(f"it unfolds to {unpacked:,} bytes of text; {MOST_UNPACKED:,} are read")
    return found


def _told(names: Sequence[str]) -> Zipped:
    paths = [PurePosixPath(name) for name in names]
    listed = set(names)
    if any(path.name == _MACROS for path in paths):
        return Zipped("an Office document with macros")
    if _CONTENT_TYPES in listed:
        for pattern, media_type in _BODIES:
            if any(path.match(pattern) for path in paths):
                return Zipped("an Office document", media_type)
    if {"META-INF/container.xml", "mimetype"} <= listed:
        return Zipped("an EPUB book", EPUB)
    for name, what in _OTHERS:
        if name in listed:
            return Zipped(what)
    return Zipped("a zip archive")


class _Ends(io.RawIOBase):
    """A large file of which only the two ends can be read; between them there is nothing."""

    def __init__(self, content: Reading) -> None:
        self._content = content
        self._tail = content.tail
        self._at = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._content.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Read at most what is there: a directory may claim to be as large as it likes."""
        tail_starts = self._content.size - len(self._tail)
        if self._at >= tail_starts:
            piece = self._tail[self._at - tail_starts :]
        else:
            piece = self._content.head[self._at :]
        if size is not None and size >= 0:
            piece = piece[:size]
        self._at += len(piece)
        return piece
