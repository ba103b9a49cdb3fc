"""How many tabs each person has open here: WebSockets and event streams."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from services.gateway.model import TooManyRequests


@dataclass(slots=True)
class Sockets:
    """A count for each person, with a limit."""

    limit: int
    _open: Counter[UUID] = field(default_factory=Counter)

    @contextmanager
    def take(self, user: UUID) -> Iterator[None]:
        """Count one for the length of a block; `TooManyRequests` beyond the limit."""
        if self._open[user] >= self.limit:
            raise TooManyRequests(f"At most {self.limit} open tabs at once; close one.")
        self._open[user] += 1
        try:
            yield
        finally:
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]

    def open_of(self, user: UUID) -> int:
        """Say how many a person has open."""
        return self._open[user]
