"""A public collection with judged questions, as it lies on disk.

Two layouts are read: BEIR's (`corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`) and the classical
one of Cranfield, CISI and Medline (`cran.all.1400`, `cran.qry`, `cranqrel`; `CISI.ALL`, …).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ENTRY: Final = re.compile(r"^\.I\s+(\S+)\s*$", re.MULTILINE)
_FIELD: Final = re.compile(r"^\.([A-Z])\s*$", re.MULTILINE)
_CRANFIELD: Final = 3
_TREC: Final = 4


class NoCollection(Exception):
    """There is nothing here that could be read; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Writing:
    """One document of a collection."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, questions, and how well which documents answer which questions."""

    name: str
    writings: tuple[Writing, ...]
    questions: dict[str, str]
    judged: dict[str, dict[str, float]]
    """By question and document: a gain above nothing."""


def read(folder: Path) -> Collection:
    """Read a collection, whichever layout it has; questions without a relevant document go."""
    if (folder / "corpus.jsonl").exists():
        writings, questions, judged = _beir(folder)
    else:
        writings, questions, judged = _classical(folder)
    known = {writing.id for writing in writings}
    answered = {
        question: gains
        for question, told in judged.items()
        if question in questions
        and (gains := {one: gain for one, gain in told.items() if gain > 0 and one in known})
    }
    asked = {question: questions[question] for question in answered}
    return Collection(folder.name, tuple(writings), asked, answered)


_Read = tuple[list[Writing], dict[str, str], dict[str, dict[str, float]]]


def _beir(folder: Path) -> _Read:
    writings = [
        Writing(line["_id"], line.get("title") or "", line["text"])
        for line in _lines(folder / "corpus.jsonl")
    ]
    questions = {line["_id"]: line["text"] for line in _lines(folder / "queries.jsonl")}
    judged: dict[str, dict[str, float]] = {}
    _, *rows = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()
    for row in rows:
        question, document, gain = row.split("\t")
        judged.setdefault(question, {})[document] = float(gain)
    return writings, questions, judged


def _lines(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8") as reading:
        for line in reading:
            yield json.loads(line)


def _classical(folder: Path) -> _Read:
    writings = [
        Writing(number, _plain(said.get("T", "")), _plain(said.get("W", "")))
        for number, said in _entries(_one(folder, "*.[aA][lL][lL]*"))
    ]
    # Judgements count questions from 1, whatever number the file gives them.
    questions = {
        str(place): _plain(said.get("W", ""))
        for place, (_, said) in enumerate(_entries(_one(folder, "*.[qQ][rR][yY]")), 1)
    }
    judged: dict[str, dict[str, float]] = {}
    rows = _one(folder, "*[rR][eE][lL]").read_text(encoding="latin-1").splitlines()
    for question, document, gain in filter(None, map(_judgement, rows)):
        judged.setdefault(question, {})[document] = gain
    return writings, questions, judged


def _judgement(row: str) -> tuple[str, str, float] | None:
    """Read a line: relevant or not; the degrees of Cranfield are disputed and not used."""
    parts = row.split()
    if len(parts) == _CRANFIELD:
        return parts[0], parts[1], float(parts[2] in {"1", "2", "3", "4"})
    if len(parts) == _TREC and "." in parts[3]:
        return parts[0], parts[1], 1.0
    if len(parts) == _TREC:
        return parts[0], parts[2], float(parts[3] != "0")
    return None


def _entries(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    _, *parts = _ENTRY.split(file.read_text(encoding="latin-1"))
    for number, content in zip(parts[::2], parts[1::2], strict=True):
        _, *fields = _FIELD.split(content)
        yield number, dict(zip(fields[::2], fields[1::2], strict=True))


def _one(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if not found:
        raise NoCollection(
            f"{folder} has neither corpus.jsonl, queries.jsonl and qrels/test.tsv"
            f" nor files like cran.all.1400, cran.qry and cranqrel ({pattern} is missing)"
        )
    return found[0]


def _plain(text: str) -> str:
    return " ".join(text.split())
