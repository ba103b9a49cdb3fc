"""What is written on the command line, understood: bodies in files, and times."""

import argparse
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from deploy.mesh.commands import NotUnderstood
from shared.legible import require_json

_AGO: Final = re.compile(r"(\d+)([smhd])")
_CENTURY: Final = 36_500
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_body(name: str) -> dict[str, Any]:
    """Read a JSON object from a file, or from what is piped in."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        body = json.loads(text)
        require_json(body)
    except (OSError, ValueError) as wrong:
        raise NotUnderstood(f"{name} cannot be read as JSON: {wrong}") from wrong
    if not isinstance(body, dict):
        raise NotUnderstood(f"{name} holds no JSON object; the body of a message always is one.")
    return body


def days(text: str) -> float:
    """Understand an age in days; nobody has anything older than a century."""
    try:
        age = float(text)
    except ValueError:
        age = -1
    if not 0 <= age <= _CENTURY:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 0 to {_CENTURY:,}")
    return age


def count(text: str) -> int:
    """Understand a number that counts from one."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def since(text: str) -> datetime:
    """Understand a time, or how long ago it was."""
    try:
        if ago := _AGO.fullmatch(text):
            return datetime.now(UTC) - timedelta(**{_UNITS[ago.group(2)]: int(ago.group(1))})
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time: write 2026-11-21T09:00Z, or 30m, 2h, 7d for so long ago"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
