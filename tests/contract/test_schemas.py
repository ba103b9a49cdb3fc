"""Committed schemas are the generated ones, and a version changes by optional additions only."""

import json
import subprocess
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from contracts.__main__ import generated, main, stale
from contracts.compatibility import breaks
from contracts.schema import SCHEMAS, committed, schemas

ROOT = Path(__file__).resolve().parents[2]
FILES = tuple(schemas())

every_schema = pytest.mark.parametrize("name", FILES)


@every_schema
def test_the_committed_schema_is_the_generated_one(name: str) -> None:
    assert committed()[name] == schemas()[name], "run `make contracts`"


@every_schema
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


@every_schema
def test_a_schema_only_widens_what_main_has(name: str) -> None:
    before = _on_main(name)
    if before is None:
        pytest.skip("not on main yet")

    changes = breaks(json.loads(before), schemas()[name], codes_may_grow=name.startswith("req."))

    assert changes == [], "make it the next version"


def test_no_word_of_main_disappears() -> None:
    assert _names_on_main() - set(FILES) == set()


def test_nothing_generated_is_behind() -> None:
    assert stale(generated()) == []


def test_generating_says_what_is_behind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["contracts", "--check"])
    monkeypatch.setattr("contracts.__main__.stale", lambda _: [SCHEMAS / "evt.a.b.v1.json"])

    with pytest.raises(SystemExit, match=r"run `make contracts`: evt\.a\.b\.v1\.json"):
        main()

    assert capsys.readouterr().out == ""


def _git(*words: str) -> str | None:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


@cache
def _main() -> str:
    """The branch that others build on; in a bare clone of another branch, where we stand."""
    known = ("origin/main", "main", "HEAD")
    return next((ref for ref in known if _git("rev-parse", "-q", "--verify", ref)), "")


def _on_main(name: str) -> str | None:
    return _git("show", f"{_main()}:{SCHEMAS.relative_to(ROOT)}/{name}")


def _names_on_main() -> set[str]:
    listed = _git("ls-tree", "--name-only", _main(), f"{SCHEMAS.relative_to(ROOT)}/") or ""
    return {Path(line).name for line in listed.splitlines()}
