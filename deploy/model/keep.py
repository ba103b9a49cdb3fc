"""The exported model in its folder: whole or not there at all, made once, told by a fingerprint."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.model.weights import SHA256, find

MODEL, TOKENIZER, FINGERPRINT, RECIPE = "model.onnx", "tokenizer.json", "fingerprint", "recipe"
EDITION = "int8 edition 1"
"""Raise it whenever `graph` computes anything else, so that kept models are made again."""

Tell = Callable[[str], None]


def export(to: Path, tell: Tell, weights: Path | None = None) -> str:
    """Make sure that the folder holds a good model, and return its fingerprint."""
    to.mkdir(parents=True, exist_ok=True)
    with _alone(to):
        kept = good(to)
        if kept:
            tell(f"The model is there already: {to}")
            return kept
        return _make(to, tell, weights)


def good(folder: Path) -> str:
    """Return the fingerprint of a whole model made by this edition, or nothing."""
    try:
        kept = (folder / FINGERPRINT).read_text().strip()
        recipe = (folder / RECIPE).read_text()
        found = fingerprint(folder)
    except FileNotFoundError:
        return ""
    return kept if (kept, recipe) == (found, _recipe()) else ""


def fingerprint(folder: Path) -> str:
    """Hash what decides a vector: the model, then the tokenizer."""
    digest = hashlib.sha256()
    for name in (MODEL, TOKENIZER):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def _make(to: Path, tell: Tell, weights: Path | None) -> str:
    tell("Checking the weights …")
    source = find(weights)
    tell("Reading the weights …")
    tensors = source.tensors()
    from deploy.model.graph import build  # needs onnx; a kept model does not  # noqa: PLC0415

    model = b""
    for step in build(tensors):
        if isinstance(step, bytes):
            model = step
        else:
            tell(f"Exporting {step} …")
    tell("Keeping the model …")
    _write(to / MODEL, model)
    _write(to / TOKENIZER, source.tokenizer.read_bytes())
    _write(to / RECIPE, _recipe().encode())
    made = fingerprint(to)
    _write(to / FINGERPRINT, f"{made}\n".encode())
    tell(f"The model is ready: {to} (fingerprint {made[:12]}…)")
    return made


def _recipe() -> str:
    return "".join(f"{line}\n" for line in (EDITION, *SHA256.values()))


def _write(path: Path, content: bytes) -> None:
    aside = path.with_suffix(".part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
