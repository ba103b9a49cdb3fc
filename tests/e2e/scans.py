"""Scans: PDF files that are one great picture with a few words on it, made as they are read."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MEBI: Final = 1024 * 1024
_BLOCK: Final = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(MEBI // 32))
"""Nothing that could be packed; all blocks are alike, so making them costs nothing."""
_LINES: Final = 2048


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan of about a size, of which only a block is ever in memory."""

    mebibytes: int
    words: str = "Light bends when it enters water."

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self._head) + self.mebibytes * MEBI + len(self._tail)

    @property
    def sha256(self) -> str:
        """Its hash."""
        digest = hashlib.sha256()
        for piece in self:
            digest.update(piece)
        return digest.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        """Give all of it, piece by piece."""
        yield self._head
        for _ in range(self.mebibytes):
            yield _BLOCK
        yield self._tail

    def part(self, start: int, end: int) -> bytes:
        """Give the bytes between two places."""
        part, at = bytearray(), 0
        for piece in self:
            if at + len(piece) > start:
                part += piece[max(0, start - at) : end - at]
            at += len(piece)
            if at >= end:
                break
        return bytes(part)

    @property
    def _head(self) -> bytes:
        text = f"BT /F1 12 Tf 72 720 Td ({self.words}) Tj ET q 500 0 0 500 50 50 cm /Im1 Do Q"
        width = self.mebibytes * MEBI // _LINES
        return b"%PDF-1.4\n" + b"".join(
            (
                b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
                b"2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
                b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R",
                b"/Resources<</Font<</F1 5 0 R>>/XObject<</Im1 6 0 R>>>>>>\nendobj\n",
                f"4 0 obj\n<</Length {len(text)}>>\nstream\n{text}\nendstream\nendobj\n".encode(),
                b"5 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n",
                f"6 0 obj\n<</Type/XObject/Subtype/Image/Width {width}/Height {_LINES}".encode(),
                b"/ColorSpace/DeviceGray/BitsPerComponent 8",
                f"/Length {self.mebibytes * MEBI}>>\nstream\n".encode(),
            )
        )

    @property
    def _tail(self) -> bytes:
        head, end = self._head, b"\nendstream\nendobj\n"
        places = [head.index(f"{number} 0 obj".encode()) for number in range(1, 7)]
        table = "".join(f"{place:010} 00000 n \n" for place in places)
        start = len(head) + self.mebibytes * MEBI + len(end)
        closing = (
            f"xref\n0 7\n0000000000 65535 f \n{table}"
            f"trailer\n<</Size 7/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"
        )
        return end + closing.encode()
