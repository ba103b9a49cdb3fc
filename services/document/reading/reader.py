"""Reads strangers' files in child processes, a slice of some seconds at a time."""

import asyncio
import gzip
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from prometheus_client import Histogram

from services.document.extract.leaves import Log, read_parts_of
from services.document.extract.outcome import Limits
from services.document.model.facts import Trouble, Unreadable
from services.document.ports import Reached, Read, Slice
from services.document.reading.recognition import Recognition
from shared.child import ChildFailed, Children, Ending
from shared.child import Limits as ChildLimits
from shared.metrics import SECONDS, timed
from shared.problems import Away

PRELOAD: Final = ("services.document.extract.child",)
_FUNCTION: Final = "services.document.extract.child:read"
_BYTES_A_CHARACTER: Final = 8
"""At most: an escaped control or four bytes of UTF-8, and its share of pages and headings."""
_HEADER: Final = 64 * 1024 * 1024
_MOST_DEATHS: Final = 20
"""Children that the parts of one file may cost; after that the rest is left unread."""

READING: Final = Histogram(
    "mesh_reading_seconds",
    "How long a slice of a file was read, to its end or not",
    buckets=SECONDS,
)
_REASONS: Final = {
    Ending.TIMED_OUT: ("timed-out", "reading it took too long"),
    Ending.OUT_OF_MEMORY: ("out-of-memory", "reading it took more memory than is allowed"),
    Ending.TOO_MUCH: ("too-much-text", "it holds too much text"),
    Ending.CRASHED: ("corrupt", "it broke the program that read it"),
    Ending.RAISED: ("corrupt", "it is not what it claims to be"),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What reading one file may cost."""

    seconds: float = 120
    """For a file that is read in one go, or a slice of another."""
    memory: int = 2 * 1024**3
    part_seconds: float = 60
    slice_seconds: float = 5
    whole_seconds: float = 1800
    """For a file that is read part by part; what is unread then is left for a retry."""


async def nobody(_: Slice) -> None:
    """Nobody wants to know how far it is."""


class ChildReader:
    """A `Reader`: a hostile file can end the child that reads it, and nothing else."""

    def __init__(
        self,
        children: Children,
        *,
        limits: Limits,
        terms: Terms,
        recognition: Recognition | None = None,
    ) -> None:
        self._children = children
        self._limits = limits
        self._terms = terms
        self._recognition = recognition

    async def read(
        self,
        path: Path,
        media_type: str,
        known: Sequence[bytes] = (),
        reached: Reached = nobody,
    ) -> Read:
        """Read a file, but for the parts that are known already."""
        log = path.with_name("parts")
        await asyncio.to_thread(_write_known, log, known)
        reading = _Reading(log, log.stat().st_size, time.monotonic() + self._terms.whole_seconds)
        while True:
            told, content = await self._slice(path, media_type, reading)
            if "unreadable" in told:
                raise Unreadable(**told["unreadable"])
            if "more" not in told:
                troubles = tuple(Trouble(**trouble) for trouble in told.pop("troubles"))
                unsaved = await asyncio.to_thread(reading.unsaved) if troubles else b""
                return Read(content=content, troubles=troubles, unsaved=unsaved, **told)
            reading.look = told["look"]
            reading.end = reading.end or time.monotonic() > reading.until
            unsaved = await asyncio.to_thread(reading.unsaved)
            await reached(Slice(unsaved, *told["more"]))

    async def _slice(
        self, path: Path, media_type: str, reading: "_Reading"
    ) -> tuple[dict[str, Any], bytes]:
        """Read one slice: its JSON header, and the text after the last one.

        A part of the file that ends the child is marked as unreadable, and the slice begins again.
        """
        arguments = {
            "path": str(path),
            "media_type": media_type,
            "log": str(reading.log),
            "orders": json.dumps(self._orders(reading)),
        }
        characters = _BYTES_A_CHARACTER * self._limits.characters
        limits = ChildLimits(
            seconds=self._terms.seconds,
            memory=self._terms.memory,
            answer=_HEADER + characters,
            file_size=_HEADER + characters,
            forks=reading.look,
        )
        while True:
            try:
                with timed(READING):
                    answer = await self._children.run(_FUNCTION, arguments, limits)
            except ChildFailed as failed:
                if failed.ending is Ending.LOST:
                    raise Away("the process that files are read in is gone") from failed
                blamed = await asyncio.to_thread(self._blame, reading, failed.ending)
                if not blamed:
                    raise Unreadable(*_REASONS[failed.ending]) from failed
                arguments["orders"] = json.dumps(self._orders(reading))
            else:
                head, _, content = answer.partition(b"\n")
                return json.loads(head), content

    def _orders(self, reading: "_Reading") -> dict[str, object]:
        known = self._recognition
        return {
            "limits": asdict(self._limits),
            "slice_seconds": self._terms.slice_seconds,
            "part_seconds": self._terms.part_seconds,
            "look": reading.look,
            "end": reading.end,
            "program": known.program if known else "",
            "languages": known.languages if known else "",
            "look_seconds": known.seconds if known else 0,
        }

    def _blame(self, reading: "_Reading", ending: Ending) -> bool:
        """Mark the part that was begun last as unreadable; False if none was begun."""
        with reading.log.open("a+b") as file:
            log = Log(file, self._limits.characters)
            log.mend()
            begun = log.begun()
            if begun is None:
                return False
            log.fail(begun, *_REASONS[ending])
        reading.deaths += 1
        reading.end = reading.end or reading.deaths >= _MOST_DEATHS
        return True


@dataclass(slots=True)
class _Reading:
    """How far the reading of one file is."""

    log: Path
    saved: int
    until: float
    look: bool = False
    end: bool = False
    deaths: int = 0

    def unsaved(self) -> bytes:
        """Return what was read since the last call, gzipped; empty if nothing was."""
        with self.log.open("rb") as file:
            file.seek(self.saved)
            fresh = file.read()
        self.saved += len(fresh)
        kept = read_parts_of(fresh)
        return gzip.compress(kept, compresslevel=1, mtime=0) if kept else b""


def _write_known(log: Path, known: Sequence[bytes]) -> None:
    with log.open("wb") as file:
        for content in known:
            file.write(read_parts_of(gzip.decompress(content)))
