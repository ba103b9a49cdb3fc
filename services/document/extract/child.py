"""The craft behind one function for a child process: plain values in, bytes out."""

import json
from dataclasses import asdict
from pathlib import Path

from services.document.extract.formats import extract
from services.document.extract.outcome import Extracted, Limits
from services.document.facts import Unreadable


def read(path: str, media_type: str, characters: int, pages: int) -> bytes:
    """Read a file: one line of JSON about it, then the text object as it is kept."""
    limits = Limits(characters=characters, pages=pages)
    try:
        extracted = extract(Path(path), media_type, limits)
    except Unreadable as unreadable:
        reason = {"code": unreadable.code, "detail": unreadable.detail}
        return json.dumps({"unreadable": reason}).encode()
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
