"""The true type of content: by marks and the structure behind them, and of texts by name."""

from typing import Final, NoReturn

from services.storage.content.archives import zipped
from services.storage.content.pictures import SUFFIXES, picture
from services.storage.content.reading import EICAR, Guess, Reading
from services.storage.content.texts import guessed, is_text, named, promises
from services.storage.model.errors import Encrypted, Malware, UnsupportedType

PDF: Final = "application/pdf"
READABLE: Final = (
    "PDF, Word, PowerPoint, Excel and EPUB files, web pages, pictures (PNG, JPEG, TIFF, WebP, GIF,"
    " BMP), CSV and texts of all kinds can be read"
)

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_MARKED: Final = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
    (_OLE, "an older Microsoft Office document"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
)


def true_type(content: Reading, suffix: str, guess: Guess) -> str:
    """Tell a readable file's media type, or raise the `Unacceptable` that says why it is none."""
    known = certain_type(content, suffix)
    if known is not None:
        return known
    if not is_text(content):
        _refuse(guess.named())
    return guessed(suffix, guess) or _refuse(f"a text under a name in {suffix}")


def certain_type(content: Reading, suffix: str) -> str | None:
    """Tell or refuse what marks and names alone decide; None where it takes an expensive guess."""
    if content.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(EICAR):
        raise Malware("it is the EICAR test file")
    if b"%PDF-" in content.head[:1024]:
        return PDF
    if content.head.startswith(b"PK\x03\x04"):
        found = zipped(content)
        return found.media_type or _refuse(found.what)
    shown = picture(content)
    if shown is not None:
        elsewhere = suffix.lower() not in SUFFIXES and promises(suffix)
        return _refuse(f"a picture under a name in {suffix}") if elsewhere else shown
    _refuse_marked(content)
    return named(content, suffix) if is_text(content) else None


def _refuse(what: str) -> NoReturn:
    raise UnsupportedType(f"it is {what}, and only {READABLE}")


def _refuse_marked(content: Reading) -> None:
    if content.head.startswith(_OLE) and _ENCRYPTED_PACKAGE in content.head + content.tail:
        raise Encrypted("it is an Office document locked with a password")
    for mark, what in _MARKED:
        if content.head.startswith(mark):
            _refuse(what)
