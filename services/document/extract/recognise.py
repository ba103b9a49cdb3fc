"""Reads the words that a picture shows, with tesseract, a program that may be installed or not."""

import ctypes
import io
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Final

from PIL import Image

from services.document.extract.printed.line import Line
from services.document.extract.seen import Seen
from services.document.model.facts import Unreadable

RESOLUTION: Final = 300
"""Dots an inch, which recognition likes best."""
_MOST_PIXELS: Final = 30_000_000


@dataclass(frozen=True, slots=True)
class Sight:
    """The lines of a picture, placed in points from its lower left corner."""

    lines: list[Line]
    doubt: Unreadable | None = None
    """Why they are not sure, where another look might tell."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """The program, the languages it knows, and how long it may look at one page."""

    program: str
    languages: str
    seconds: float

    def see(self, picture: Image.Image, resolution: float) -> Sight:
        """Read the lines of a picture, whichever way it lies."""
        grey = picture.convert("L")
        shrink = min(1.0, (_MOST_PIXELS / (grey.width * grey.height)) ** 0.5)
        if shrink < 1:
            size = max(1, int(grey.width * shrink)), max(1, int(grey.height * shrink))
            grey = grey.resize(size, Image.Resampling.LANCZOS)
        seen, doubt = self._whichever_way(grey)
        return Sight(seen.upright().lines(resolution * shrink), doubt)

    def _whichever_way(self, grey: Image.Image) -> tuple[Seen, Unreadable | None]:
        """Look, and if hardly a word is sure, look again with the page turned upside down.

        Of lines that run up or down the program finds the latter by itself, so that two looks see
        all four ways a page may lie. Both have the time of one; what is sure costs one only.
        """
        until = time.monotonic() + self.seconds
        seen = self._look(grey, self.seconds)
        if not seen.is_doubtful:
            return seen, None
        try:
            turned = self._look(
                grey.transpose(Image.Transpose.ROTATE_180), until - time.monotonic()
            )
        except Unreadable as unreadable:
            detail = f"hardly a word of it is sure, and upside down: {unreadable.detail}"
            return seen, Unreadable(unreadable.code, detail)
        return max(seen, turned, key=lambda one: one.worth), None

    def _look(self, grey: Image.Image, seconds: float) -> Seen:
        """Run the program on a picture that we wrote ourselves, so that it parses nobody else's."""
        written = io.BytesIO()
        grey.save(written, "PPM")
        command = [self.program, "stdin", "stdout", "-l", self.languages, "--psm", "3", "tsv"]
        try:
            done = subprocess.run(  # noqa: S603  # the operator's program, our own picture
                command,
                input=written.getvalue(),
                capture_output=True,
                timeout=seconds,
                check=True,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                preexec_fn=_die_with_parent,
            )
        except subprocess.TimeoutExpired:
            detail = f"recognising its words took more than {self.seconds:g} s"
            raise Unreadable("timed-out", detail) from None
        except (subprocess.CalledProcessError, OSError) as error:
            raise Unreadable("no-text", "its words could not be recognised") from error
        return Seen.of(done.stdout.decode("utf-8", "replace"), grey.width, grey.height)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
