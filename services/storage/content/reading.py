"""Content as it streams by: its size, checksum and both ends, which tell its type."""

import hashlib
from dataclasses import dataclass
from typing import Final

HEAD: Final = 64 * 1024
TAIL: Final = 1024 * 1024
EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True, slots=True)
class Guess:
    """What bytes look like: a label, a description, how sure the guess is, and of what group."""

    label: str
    description: str
    score: float
    group: str = "unknown"

    def named(self) -> str:
        """Say it in a sentence."""
        if self.label == "unknown":
            return "of no type we know"
        return f"of the type {self.description}"


class Reading:
    """Content as it goes by: its size and checksum, and both of its ends."""

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
