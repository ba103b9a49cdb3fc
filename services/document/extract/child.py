"""The craft behind one function for a child process: plain values in, bytes out."""

import json
import signal
import time
from dataclasses import asdict
from pathlib import Path

from services.document.extract.formats import Parted, Whole, format_of
from services.document.extract.leaves import Log, Mark, Rows
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.parts import Parts, composed, read_on, wanted
from services.document.extract.recognise import Eyes
from services.document.model.facts import Unreadable


def read(path: str, media_type: str, log: str, orders: str) -> bytes:
    """Read a file, or go on reading it: one line of JSON about it, then the text as it is kept.

    Of a file that is read part by part, `log` holds what was read; where the time is up before
    all was, the answer is how far it is.
    """
    told = json.loads(orders)
    limits = Limits(**told["limits"])
    try:
        found = format_of(Path(path), media_type)
        if isinstance(found, Whole):
            return _answer(found.read(Path(path), limits))
        with Path(log).open("a+b") as file:
            return _go_on(found, Path(path), Log(file, limits.characters), limits, told)
    except Unreadable as unreadable:
        reason = {"code": unreadable.code, "detail": unreadable.detail}
        return json.dumps({"unreadable": reason}).encode()


def _go_on(found: Parted, path: Path, log: Log, limits: Limits, told: dict[str, str]) -> bytes:
    eyes = _eyes(told) if told["look"] else None
    until = time.monotonic() + float(told["slice_seconds"])
    with found.open(path, limits) as parts:
        if not told["end"]:
            watched = _Watched(parts, float(told["part_seconds"]))
            read_on(watched, log, eyes, lambda: time.monotonic() > until)
            left = len(wanted(parts, log, eyes))
            pictures = sum(mark is Mark.PICTURE for mark in log.marks().values())
            look = bool(told["program"] and pictures)
            if left or look:
                done = parts.count - left - (pictures if look else 0)
                return json.dumps({"more": [done, parts.count], "look": not left}).encode()
        return _answer(composed(parts, log))


class _Watched:
    """Parts that end this process when one of them takes too long; nothing else stops C code."""

    def __init__(self, parts: Parts, seconds: float) -> None:
        self._parts = parts
        self._seconds = seconds
        self.count = parts.count
        self.compose = parts.compose

    def read(self, number: int, eyes: Eyes | None) -> Rows:
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        try:
            return self._parts.read(number, eyes)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _eyes(told: dict[str, str]) -> Eyes:
    return Eyes(told["program"], told["languages"], float(told["look_seconds"]))


def _answer(extracted: Extracted) -> bytes:
    head = {
        "version": extracted.version,
        "characters": len(extracted.text),
        "pages": len(extracted.pages),
        "troubles": [asdict(trouble) for trouble in extracted.troubles],
    }
    return json.dumps(head).encode() + b"\n" + text_object(extracted)


def text_object(extracted: Extracted) -> bytes:
    """Write a text in the shape in which everybody reads it."""
    content = {
        "text": extracted.text,
        "version": extracted.version,
        "pages": [asdict(page) for page in extracted.pages],
        "headings": [asdict(heading) for heading in extracted.headings],
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
