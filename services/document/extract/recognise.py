"""Reads the words that a picture shows, with tesseract, a program that may be installed or not."""

import csv
import ctypes
import io
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from PIL import Image

from services.document.extract.characters import clean, one_line
from services.document.extract.printed.line import Line
from services.document.model.facts import Unreadable

POINTS: Final = 72
RESOLUTION: Final = 300
"""Dots an inch, which recognition likes best."""
_MOST_PIXELS: Final = 30_000_000
_LEAST_SURE: Final = 20.0
_WORD: Final = "5"
_TALL: Final = 0.9
"""How high a line's box is, in sizes of its type."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """The program, the languages it knows, and how long it may look at one page."""

    program: str
    languages: str
    seconds: float

    def see(self, picture: Image.Image, resolution: float) -> list[Line]:
        """Read the lines of a picture, placed in points from its lower left corner."""
        grey = picture.convert("L")
        shrink = min(1.0, (_MOST_PIXELS / (grey.width * grey.height)) ** 0.5)
        if shrink < 1:
            size = max(1, int(grey.width * shrink)), max(1, int(grey.height * shrink))
            grey = grey.resize(size, Image.Resampling.LANCZOS)
        return _lines(self._look(grey), grey.height, resolution * shrink)

    def _look(self, grey: Image.Image) -> str:
        """Run the program on a picture that we wrote ourselves, so that it parses nobody else's."""
        written = io.BytesIO()
        grey.save(written, "PPM")
        command = [self.program, "stdin", "stdout", "-l", self.languages, "--psm", "3", "tsv"]
        try:
            done = subprocess.run(  # noqa: S603  # the operator's program, our own picture
                command,
                input=written.getvalue(),
                capture_output=True,
                timeout=self.seconds,
                check=True,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                preexec_fn=_die_with_parent,
            )
        except subprocess.TimeoutExpired:
            detail = f"recognising its words took more than {self.seconds:g} s"
            raise Unreadable("timed-out", detail) from None
        except (subprocess.CalledProcessError, OSError) as error:
            raise Unreadable("no-text", "its words could not be recognised") from error
        return done.stdout.decode("utf-8", "replace")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _lines(table: str, height: int, resolution: float) -> list[Line]:
    """Put words together to lines; their boxes count pixels from the upper left corner."""
    found: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for word in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        if word["level"] == _WORD and float(word["conf"]) >= _LEAST_SURE and word["text"].strip():
            place = word["block_num"], word["par_num"], word["line_num"]
            found.setdefault(place, []).append(word)
    if not found:
        return []
    scale = POINTS / resolution
    tall = median(_height(words) for words in found.values())
    size = max(1.0, round(tall * scale / _TALL, 1))
    return [line for words in found.values() if (line := _line(words, height, scale, size))]


def _line(words: Sequence[dict[str, str]], height: int, scale: float, size: float) -> Line | None:
    text = one_line(clean(" ".join(word["text"] for word in words)))
    if not text:
        return None
    left = min(int(word["left"]) for word in words)
    right = max(int(word["left"]) + int(word["width"]) for word in words)
    foot = max(int(word["top"]) + int(word["height"]) for word in words)
    return Line(
        text=text,
        left=round(left * scale, 1),
        right=round(right * scale, 1),
        base=round((height - foot) * scale, 1),
        size=size,
        fixed=False,
        broken=False,
        recognised=True,
    )


def _height(words: Sequence[dict[str, str]]) -> int:
    return max(int(word["top"]) + int(word["height"]) for word in words) - min(
        int(word["top"]) for word in words
    )
