"""Reads files in a child process, for they are strangers' files."""

import json
from pathlib import Path
from typing import Final

from prometheus_client import Histogram

from services.document.facts import Trouble, Unreadable
from services.document.ports import Read
from shared.child import ChildFailed, Children, Ending, Limits, Plain
from shared.metrics import SECONDS, timed
from shared.problems import Away

PRELOAD: Final = ("services.document.extract.child",)
_FUNCTION: Final = "services.document.extract.child:read"
_BYTES_A_CHARACTER: Final = 7
"""At most: an escaped control or four bytes of UTF-8, and its share of pages and headings."""
_HEADER: Final = 64 * 1024 * 1024

READING: Final = Histogram(
    "mesh_reading_seconds", "How long a file was read, to its end or not", buckets=SECONDS
)
_REASONS: Final = {
    Ending.TIMED_OUT: ("timed-out", "reading it took too long"),
    Ending.OUT_OF_MEMORY: ("out-of-memory", "reading it took more memory than is allowed"),
    Ending.TOO_MUCH: ("too-much-text", "it holds too much text"),
    Ending.CRASHED: ("corrupt", "it broke the program that read it"),
    Ending.RAISED: ("corrupt", "it is not what it claims to be"),
}


class ChildReader:
    """A `Reader` that a hostile file can only end, not harm."""

    def __init__(
        self, children: Children, *, seconds: float, memory: int, characters: int, pages: int
    ) -> None:
        answer = _HEADER + _BYTES_A_CHARACTER * characters
        self._children = children
        self._limits = Limits(seconds=seconds, memory=memory, answer=answer)
        self._characters = characters
        self._pages = pages

    async def read(self, path: Path, media_type: str) -> Read:
        """Read a file in a child of its own."""
        arguments: dict[str, Plain] = {
            "path": str(path),
            "media_type": media_type,
            "characters": self._characters,
            "pages": self._pages,
        }
        try:
            with timed(READING):
                answer = await self._children.run(_FUNCTION, arguments, self._limits)
        except ChildFailed as failed:
            if failed.ending is Ending.LOST:
                raise Away("the process that files are read in is gone") from failed
            raise Unreadable(*_REASONS[failed.ending]) from failed
        head, _, content = answer.partition(b"\n")
        told = json.loads(head)
        if "unreadable" in told:
            raise Unreadable(**told["unreadable"])
        troubles = tuple(Trouble(**trouble) for trouble in told.pop("troubles"))
        return Read(content=content, troubles=troubles, **told)
