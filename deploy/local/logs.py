"""What processes say, kept within bounds and shown as it comes."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LARGEST = 10 * 1024 * 1024
_SHOWN = 4096
_GLANCE = 0.3


def bound(folder: Path, largest: int = LARGEST) -> None:
    """Copy a log that grew too large aside and empty it; its writer goes on undisturbed.

    Writers append, so what one says between copy and cut is lost: a line or two of megabytes.
    """
    for log in folder.glob("*.log"):
        if log.stat().st_size > largest:
            with suppress(OSError):  # on a full disk the cut is worth more than the copy
                shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)


def last_words(log: Path, lines: int = 3) -> str:
    """Tell the end of a log on one line, and what it repeats once."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _SHOWN))
        text = file.read().decode(errors="replace")
    return " | ".join(dict.fromkeys(line.strip() for line in text.splitlines()[-lines:]))


def follow(folder: Path, names: list[str]) -> Iterator[str]:
    """Show the end of every log, then each new line as it is said, for ever."""
    places: dict[Path, int] = {}
    while True:
        for log in sorted(folder.glob("*.log")):
            if not names or log.stem in names:
                yield from _new_lines(log, places)
        time.sleep(_GLANCE)


def _new_lines(log: Path, places: dict[Path, int]) -> Iterator[str]:
    size = log.stat().st_size
    start = places.get(log, max(0, size - _SHOWN))
    with log.open("rb") as file:
        file.seek(start if start <= size else 0)
        content = file.read()
        whole = content.rfind(b"\n") + 1
        places[log] = file.tell() - len(content) + whole
    for line in content[:whole].decode(errors="replace").splitlines():
        yield f"{log.stem:>12} │ {line}"
