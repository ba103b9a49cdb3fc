"""Pictures: what their first bytes say of their size, before anybody unpacks a pixel of them."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.storage.content.reading import Reading
from services.storage.model.errors import Corrupt, TooLarge

MOST_PIXELS: Final = 1_000_000_000
"""No picture of words is as large; how large a one is looked at, document's settings say."""

SUFFIXES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".dib"}
)
Size = tuple[int, int]
_FRAME: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_TAGS: Final = {256: 0, 257: 1}
_SHORT: Final = 3


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of picture begins, how its size is read, and what its end holds."""

    mark: re.Pattern[bytes]
    media_type: str
    measure: Callable[[Reading], Size]
    end: bytes = b""


def picture(content: Reading) -> str | None:
    """Tell a picture's media type, None if it is none; broken and boundless ones are refused."""
    kind = next((one for one in _KINDS if one.mark.match(content.head)), None)
    if kind is None:
        return None
    try:
        width, height = kind.measure(content)
    except (struct.error, IndexError, ValueError):
        raise Corrupt("it begins as a picture does, but does not say how large it is") from None
    if not width or not height:
        raise Corrupt("it is a picture without any pixels")
    if width * height > MOST_PIXELS:
        raise TooLarge(f"it unfolds to {width:,} by {height:,} pixels")
    if kind.end not in content.tail:
        raise Corrupt("it is a picture whose end is missing")
    return kind.media_type


def _png(content: Reading) -> Size:
    width, height = struct.unpack_from(">II", content.head, 16)
    return width, height


def _gif(content: Reading) -> Size:
    width, height = struct.unpack_from("<HH", content.head, 6)
    return width, height


def _bmp(content: Reading) -> Size:
    width, height = struct.unpack_from("<ii", content.head, 18)
    return abs(width), abs(height)


def _webp(content: Reading) -> Size:
    head, kind = content.head, content.head[12:16]
    if int.from_bytes(head[4:8], "little") + 8 > content.size:
        raise Corrupt("it is a picture whose end is missing")
    if kind == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if kind == b"VP8L":
        packed = int.from_bytes(head[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", head, 26)
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(content: Reading) -> Size:
    """Walk from segment to segment; a frame that lies beyond 64 KiB is not judged here."""
    head, at = content.head, 2
    while at + 9 < len(head):
        if head[at] != 0xFF:  # noqa: PLR2004  # where every segment begins
            raise ValueError("no segment")
        kind = head[at + 1]
        if kind in _FRAME:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        at += 1 if kind == 0xFF else 2  # noqa: PLR2004  # a byte that only fills
        if kind not in _ALONE and kind != 0xFF:  # noqa: PLR2004
            at += int(struct.unpack_from(">H", head, at)[0])
    if content.size <= len(head):
        raise ValueError("no frame")
    return 1, 1


def _tiff(content: Reading) -> Size:
    """Read the first directory, if it lies at one of the ends that are remembered."""
    order = "<" if content.head[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", content.head, 4)
    tail_starts = content.size - len(content.tail)
    piece = content.tail[at - tail_starts :] if at >= tail_starts else content.head[at:]
    if at >= content.size:
        raise ValueError("beyond the end")
    (entries,) = struct.unpack_from(f"{order}H", piece) if len(piece) > 1 else (0,)
    found = [1, 1]
    for number in range(entries):
        place = 2 + 12 * number
        if place + 12 > len(piece):
            break
        tag, kind = struct.unpack_from(f"{order}HH", piece, place)
        if tag in _TAGS:
            (value,) = struct.unpack_from(
                f"{order}{'H' if kind == _SHORT else 'I'}", piece, place + 8
            )
            found[_TAGS[tag]] = value
    return found[0], found[1]


_KINDS: Final = (
    _Kind(re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png", _png, b"IEND"),
    _Kind(re.compile(rb"\xff\xd8\xff"), "image/jpeg", _jpeg, b"\xff\xd9"),
    _Kind(re.compile(rb"GIF8[79]a"), "image/gif", _gif, b";"),
    _Kind(re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp", _webp),
    _Kind(re.compile(rb"II\*\0|MM\0\*"), "image/tiff", _tiff),
    _Kind(re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL), "image/bmp", _bmp),
)
