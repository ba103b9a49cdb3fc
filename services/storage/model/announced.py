"""What was announced of an upload, and how the pieces that came compare with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from services.storage.model.errors import NoSuchPart, SizeMismatch

MOST_PARTS: Final = 5_000
"""So that a list of all of them fits into one message."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes that came, under their number, and what the object store calls them."""

    number: int
    size: int
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Announced:
    """How many bytes come, and in parts of which size; in one piece where there is none."""

    size: int
    part_size: int | None = None

    @classmethod
    def of(cls, size: int, part_size: int) -> Self:
        """Cut what does not fit into one part into as few parts as can be listed."""
        if size <= part_size:
            return cls(size)
        return cls(size, max(part_size, -(-size // MOST_PARTS)))

    @property
    def pieces(self) -> list[Piece]:
        """List every piece that is expected, by number from 1, with its size in bytes."""
        if self.part_size is None:
            return [Piece(1, self.size)]
        count = -(-self.size // self.part_size)
        return [Piece(number, self.part(number)) for number in range(1, count + 1)]

    def part(self, number: int) -> int:
        """Tell how many bytes the part of this number has; `NoSuchPart` if there is none."""
        if self.part_size is None:
            raise NoSuchPart("It comes in one piece: send all of it to the upload's `url`.")
        count = -(-self.size // self.part_size)
        if not 1 <= number <= count:
            raise NoSuchPart(f"{self.size} bytes make {count} parts of {self.part_size} bytes.")
        return min(self.part_size, self.size - (number - 1) * self.part_size)

    def kept(self, came: Sequence[Piece]) -> list[Piece]:
        """Of pieces that came again and again, keep one each: one that fits, if there is any."""
        wanted = {piece.number: piece.size for piece in self.pieces}
        best: dict[int, Piece] = {}
        for piece in came:
            if piece.number not in best or piece.size == wanted.get(piece.number):
                best[piece.number] = piece
        return [best[number] for number in sorted(best)]

    def excess(self, came: Sequence[Piece]) -> str:
        """Say what came that was not announced, or more than twice of it; else nothing."""
        wanted = {piece.number: piece.size for piece in self.pieces}
        for piece in self.kept(came):
            if piece.size > wanted.get(piece.number, 0):
                return self._differs(piece)
        received = sum(piece.size for piece in came)
        if received > 2 * self.size:
            return (
                f"Announced are {self.size} bytes, received {received}, parts that came twice too"
            )
        return ""

    def fitting(self, came: Sequence[Piece]) -> list[Piece]:
        """Pick the pieces that make up all of it; `SizeMismatch` says what is missing or wrong."""
        received = {piece.number: piece.size for piece in self.kept(came)}
        wanted = {piece.number: piece.size for piece in self.pieces}
        for number, size in wanted.items():
            if number not in received:
                raise SizeMismatch(
                    f"Announced are {self.size} bytes in {len(wanted)} parts; "
                    f"part {number} has not come. Send it, then complete the upload."
                )
            if received[number] != size:
                differs = self._differs(Piece(number, received[number]))
                raise SizeMismatch(f"{differs}. Send it again, then complete the upload.")
        return [piece for piece in came if wanted.get(piece.number) == piece.size]

    def _differs(self, piece: Piece) -> str:
        if self.part_size is None:
            return f"Announced are {self.size} bytes, received {piece.size}"
        size = next((one.size for one in self.pieces if one.number == piece.number), 0)
        return f"Part {piece.number} has {piece.size} bytes instead of {size}"
