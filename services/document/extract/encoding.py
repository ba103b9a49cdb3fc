"""Turns bytes of unknown encoding into characters."""

import codecs
from typing import Final

from charset_normalizer import from_bytes

from services.document.model.facts import Unreadable

# The longer marks first: UTF-32's begins with UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What texts were really written in, the most common first.
_COMMON: Final = (
    "cp1252",
    "cp1250",
    "iso8859_2",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
    "mac_roman",
)
_SAMPLE: Final = 256 * 1024


def decode(content: bytes, *, declared: str | None = None) -> str:
    """Decode by byte order mark, as UTF-8, as declared, or else by statistics."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    for candidate in ("utf-8", declared):
        if candidate and not _binary(content, candidate):
            try:
                return content.decode(candidate)
            except (UnicodeError, LookupError):
                continue
    return _guess(content)


def _guess(content: bytes) -> str:
    sparse = _utf16_without_mark(content)
    if sparse:
        return content.decode(sparse, "replace")
    if b"\0" in content[:_SAMPLE]:
        raise Unreadable("unsupported-type", "it is not a text file")
    guesses = from_bytes(content[:_SAMPLE], cp_isolation=list(_COMMON))
    best = guesses.best()
    if best is None:
        return content.decode(_COMMON[0], "replace")
    # Short texts fit several equally well; then the more common one is meant.
    equals = {
        guess.encoding
        for guess in guesses
        if (guess.chaos, guess.coherence) == (best.chaos, best.coherence)
    }
    likeliest = next((known for known in _COMMON if known in equals), best.encoding)
    return content.decode(likeliest, "replace")


def _binary(content: bytes, encoding: str) -> bool:
    """Zero bytes are valid UTF-8, but no text in an encoding of bytes has them."""
    return b"\0" in content[:_SAMPLE] and not encoding.lower().startswith(("utf-16", "utf-32"))


def _utf16_without_mark(content: bytes) -> str | None:
    """Western text in UTF-16 has a zero in nearly every second byte."""
    sample = content[:4096]
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    half = len(sample) // 2
    if half and odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    if half and even > 0.7 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None
