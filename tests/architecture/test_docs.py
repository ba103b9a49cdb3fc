"""What the pages name is there: links, files, tests, targets, settings, metrics, verbs."""

import importlib
import re
from functools import cache
from pathlib import Path

import pytest

import shared
from deploy.mesh.__main__ import main
from tests.architecture.code import ROOT, files, functions, services

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TODAY = [page for page in PAGES if page.parent.name != "decisions"]
"""Decisions say what was so when they were made, and may name what is gone since."""

_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
_CODE = re.compile(r"`([^`]+)`")
_FILE = re.compile(r"(?:benchmarks|contracts|deploy|docs|services|shared|tests)/[\w./-]*\w")
_REPORT = re.compile(r"REPORT=\S+")
"""What a command is yet to write."""
_EXAMPLE = re.compile(r"tally|attempt-started|test_attempt_started")
"""What readers of the two guides make themselves."""


@cache
def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def _all_code() -> str:
    return "\n".join(map(_text, [ROOT / "Makefile", *files()]))


def _spans(page: Path, begin: str) -> list[str]:
    """Give what stands in backticks and begins with a word."""
    spans = (" ".join(span.split()) for span in _CODE.findall(_text(page)))
    return [span for span in spans if span.startswith(begin)]


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", _text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def _settings() -> set[str]:
    """Name every variable that a service reads, for itself or as set for all."""
    return {
        f"MESH_{whose}{field.upper()}"
        for service in services()
        for field in importlib.import_module(f"services.{service}.settings").Settings.model_fields
        for whose in ("", f"{service.upper()}_")
    }


def test_the_introduction_of_shared_names_every_module_of_it_once() -> None:
    lines = (shared.__doc__ or "").splitlines()[2:]
    named = [name for line in lines for name in re.split("[;,]? ", line[19:].strip()) if name]

    there = {
        path.stem
        for path in (ROOT / "shared").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }

    assert sorted(named) == sorted(there - {"__init__"})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_links_lead_somewhere(page: Path) -> None:
    lost = [
        (path, anchor)
        for path, anchor in _LINK.findall(_text(page))
        if not (there := (page.parent / path if path else page)).exists()
        or (anchor and anchor not in _anchors(there))
    ]

    assert lost == []


@pytest.mark.parametrize("page", TODAY, ids=lambda page: page.stem)
class TestNames:
    def test_files_are_there(self, page: Path) -> None:
        named = {
            found
            for span in _CODE.findall(_text(page))
            for found in _FILE.findall(_REPORT.sub("", span))
        }

        gone = {name for name in named if not (ROOT / name).exists() and not _EXAMPLE.search(name)}

        assert gone == set()

    def test_tests_are_there(self, page: Path) -> None:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", _text(page))

        assert [
            test
            for path, test in named
            if test not in {function.name for function in functions(ROOT / path)}
        ] == []

    def test_targets_of_make_are_there(self, page: Path) -> None:
        targets = set(re.findall(r"^([a-z-]+):", _text(ROOT / "Makefile"), re.MULTILINE))
        named = {span.split()[1] for span in _spans(page, "make ")}

        assert named - targets == set()

    def test_settings_are_there(self, page: Path) -> None:
        named = set(re.findall(r"MESH_[A-Z_]*[A-Z]\b", _text(page)))

        unknown = {name for name in named - _settings() if name not in _all_code()}

        assert unknown == set()

    def test_metrics_are_there(self, page: Path) -> None:
        named = set(re.findall(r"\bmesh_\w+", _text(page)))

        assert {name for name in named if name not in _all_code()} == set()

    def test_the_command_line_understands_it(
        self, page: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for span in _spans(page, "mesh "):
            words = re.match(r"mesh ((?:[a-z][a-z-]* ?)*)", span)
            with pytest.raises(SystemExit) as ended:
                main([*(words[1].split() if words else []), "--help"])
            told = capsys.readouterr()

            assert ended.value.code == 0, f"{span}: {told.err}"
            assert set(re.findall(r"--[a-z][a-z-]*", span)) <= set(
                re.findall(r"--[a-z-]+", told.out)
            )
