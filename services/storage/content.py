"""The true type of content: what bytes are by their structure, whatever their name says."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from services.storage.model.errors import Corrupt, Encrypted, Malware, UnsupportedType

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML: Final = "text/html"
MARKDOWN: Final = "text/markdown"
PLAIN: Final = "text/plain"
READABLE: Final = "PDF, DOCX, HTML, Markdown and plain text can be read"

# Text carries no mark of its own: among texts the name decides, and a name that promises
# something else is wrong.
TEXT_SUFFIXES: Final = {
    "": PLAIN,
    ".txt": PLAIN,
    ".text": PLAIN,
    ".log": PLAIN,
    ".rst": PLAIN,
    ".tex": PLAIN,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
}

HEAD: Final = 64 * 1024
TAIL: Final = 1024 * 1024
EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_CONTROL: Final = bytes(set(range(0x20)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
_MOST_CONTROL: Final = 0.005
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_MARKED: Final = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
    (_OLE, "an older Microsoft Office document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
)
_ZIPPED: Final = (
    ("word/vbaProject.bin", "a Word document with macros"),
    ("ppt/presentation.xml", "a PowerPoint presentation"),
    ("xl/workbook.xml", "an Excel workbook"),
    ("META-INF/container.xml", "an EPUB book"),
    ("content.xml", "an OpenDocument file"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
)


@dataclass(frozen=True, slots=True)
class Guess:
    """What bytes look like: a short label, a description, and how sure the guess is."""

    label: str
    description: str
    score: float


class Reading:
    """Content as it goes by: its size and checksum, and as much as is needed to tell its type."""

    def __init__(self) -> None:
        self.size = 0
        self.head = b""
        self._sha256 = hashlib.sha256()
        self._tail = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; only the two ends are remembered."""
        self.size += len(chunk)
        self._sha256.update(chunk)
        if len(self.head) < HEAD:
            self.head += chunk[: HEAD - len(self.head)]
        self._tail += chunk
        if len(self._tail) > 2 * TAIL:
            del self._tail[:-TAIL]

    @property
    def sha256(self) -> str:
        """The checksum of all that went by."""
        return self._sha256.hexdigest()

    @property
    def tail(self) -> bytes:
        """The last bytes, at most `TAIL`; of a small file, all of it."""
        return bytes(self._tail[-TAIL:])

    @property
    def sample(self) -> bytes:
        """Both ends; of a small file, all of it."""
        return self.tail if self.size <= TAIL else self.head + self.tail[-HEAD:]


def true_type(content: Reading, suffix: str, guess: Guess) -> str:
    """Tell a readable file's media type, or raise the `Unacceptable` that says why it is none."""
    if content.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(EICAR):
        raise Malware("it is the EICAR test file")
    if b"%PDF-" in content.head[:1024]:
        return PDF
    if content.head.startswith(b"PK\x03\x04"):
        return _zipped(content)
    _refuse_marked(content)
    if _is_text(content):
        return _text(content, suffix)
    raise UnsupportedType(f"it is {_named(guess)}, and only {READABLE}")


def _refuse_marked(content: Reading) -> None:
    if content.head.startswith(_OLE) and _ENCRYPTED_PACKAGE in content.head + content.tail:
        raise Encrypted("it is an Office document locked with a password")
    for mark, what in _MARKED:
        if content.head.startswith(mark):
            raise UnsupportedType(f"it is {what}, and only {READABLE}")


def _zipped(content: Reading) -> str:
    try:
        with zipfile.ZipFile(_Ends(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise Corrupt(
            "it begins as a DOCX or zip file does, but its end is missing or broken"
        ) from None
    for name, what in _ZIPPED:
        if name in names:
            raise UnsupportedType(f"it is {what}, and only {READABLE}")
    paths = [PurePosixPath(name) for name in names]
    if "[Content_Types].xml" in names and any(path.match("word/document*.xml") for path in paths):
        return DOCX
    raise UnsupportedType(f"it is a zip archive, and only {READABLE}")


def _is_text(content: Reading) -> bool:
    if content.head.startswith(_UTF16):
        return True
    sample = content.sample
    control = len(sample) - len(sample.translate(None, _CONTROL))
    return b"\0" not in sample and control <= len(sample) * _MOST_CONTROL


def _text(content: Reading, suffix: str) -> str:
    by_name = TEXT_SUFFIXES.get(suffix.lower())
    if by_name is None:
        raise UnsupportedType(f"it is a text under a name in {suffix}, and only {READABLE}")
    if by_name is PLAIN and _is_page(content.head):
        return HTML
    return by_name


def _is_page(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _named(guess: Guess) -> str:
    return "of no type we know" if guess.label == "unknown" else f"of the type {guess.description}"


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
