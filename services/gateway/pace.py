"""Pace: how well the other side of a connection keeps up, and how slow is too slow."""

from dataclasses import dataclass, field
from http import HTTPStatus

from shared.problems import Problem


class TooSlow(
    Problem, code="too-slow", status=HTTPStatus.REQUEST_TIMEOUT, title="No data came for too long"
):
    """The other side fell silent in the middle of a body."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """How slow is too slow while others wait, and how long somebody waits at most."""

    bytes_per_second: float = 32 * 1024
    grace: float = 10.0
    """Seconds that somebody may be ahead: a pause as long as this is nobody's fault."""
    patience: float = 60.0
    look: float = 1.0
    """Seconds between two looks at who has become too slow."""


@dataclass(slots=True)
class Pace:
    """How well the other side keeps up: bytes buy it time, and only our waiting for it costs any.

    What we spend on others, as on a slow object store, is not held against it.
    """

    tempo: Tempo
    _left: float = field(init=False)
    _since: float | None = None

    def __post_init__(self) -> None:
        self._left = self.tempo.grace

    def wait(self, now: float) -> None:
        """Begin to wait for the other side."""
        self._since = now

    def go_on(self, now: float) -> None:
        """Wait no more, for now."""
        self._left, self._since = self.left(now), None

    def moved(self, size: int) -> None:
        """Count bytes that came or went."""
        self._left = min(self.tempo.grace, self._left + size / self.tempo.bytes_per_second)

    def left(self, now: float) -> float:
        """Seconds in hand; below zero it is too slow."""
        return self._left - (now - self._since if self._since is not None else 0.0)
