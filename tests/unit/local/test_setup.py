"""Setting up fails in sentences that say what to do, and pins what it begins with."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import setup


def _program(path: Path, does: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)


class TestAdvice:
    @pytest.mark.parametrize(
        "reason", ["no usable wheels", "no wheels with a matching Python ABI tag (e.g., `cp315`)"]
    )
    def test_a_missing_wheel_is_named_with_the_python_that_is_proven(self, reason: str) -> None:
        said = (
            "error: No solution found when resolving dependencies\n  cause: Because tantivy==0.27.0"
            f" has {reason} and you require tantivy==0.27.0, we can conclude …"
        )

        advice = setup.advice(said, (3, 15))

        assert "no wheel of tantivy 0.27.0 for Python 3.15" in advice
        assert "make run PYTHON=python3.1" in advice

    @pytest.mark.parametrize("word", ["No space left on device", "Disk quota exceeded"])
    def test_a_full_disk_is_said(self, word: str) -> None:
        assert "The disk is full" in setup.advice(f"error: {word} (os error 28)", (3, 11))

    def test_a_python_without_ensurepip_names_the_package(self) -> None:
        said = "The virtual environment was not created because ensurepip is not available."

        assert "install the package python3.12-venv" in setup.advice(said, (3, 12))


class TestRequirements:
    def test_an_older_python_is_told_which_one_is_needed(self) -> None:
        with pytest.raises(setup.Hopeless, match=r"needs Python 3\.11 or newer, and .* is 3\.9"):
            setup.require_python((3, 9))

    def test_the_one_to_name_is_here_and_can_make_environments(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _program(tmp_path / "python3.11", "exit 127")
        _program(tmp_path / "python3.12", "exit 0")
        monkeypatch.setenv("PATH", str(tmp_path))

        with pytest.raises(setup.Hopeless, match=r"python3\.12 is on this machine"):
            setup.require_python((3, 10))

    def test_where_there_is_none_one_is_to_be_installed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        with pytest.raises(setup.Hopeless, match="install one and name it, as in `make run PYTHON"):
            setup.require_python((3, 10))

    def test_a_newer_python_is_not_refused(self) -> None:
        setup.require_python((3, 99))

    @pytest.mark.parametrize("module", ["venv", "ensurepip"])
    def test_a_python_without_venv_names_the_package(self, module: str) -> None:
        without = (
            f"import sys, runpy; sys.modules[{module!r}] = None;"
            f"runpy.run_path({setup.__file__!r}, run_name='__main__')"
        )

        done = subprocess.run(
            [sys.executable, "-c", without], capture_output=True, text=True, check=False
        )

        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        assert done.returncode == 1
        assert f"install the package python{version}-venv" in done.stderr

    def test_too_little_room_is_told_before_anything_is_made(self) -> None:
        with pytest.raises(setup.Hopeless, match="Only 100 MB are free"):
            setup.require_room(100 * 2**20)

    def test_uv_is_installed_by_the_hashes_of_the_lock(self) -> None:
        pins = setup.UV.search(setup.LOCK.read_text())

        assert pins is not None
        assert pins.group(0).startswith("uv==")
        assert "--hash=sha256:" in pins.group(0)


class TestEnvironment:
    @pytest.mark.parametrize(("version", "good"), [(sys.version_info[:2], True), ((3, 10), False)])
    def test_it_is_built_upon_only_where_it_is_of_the_same_python(
        self, tmp_path: Path, version: tuple[int, int], *, good: bool
    ) -> None:
        (tmp_path / "deploy").mkdir()
        copy = tmp_path / "deploy" / "setup.py"
        copy.write_text(Path(setup.__file__).read_text())
        be = f"import sys; sys.version_info = {version}; exec(sys.argv[1])"
        _program(tmp_path / ".venv/bin/python", f"exec {sys.executable} -c '{be}' \"$2\"")

        assert runpy.run_path(str(copy))["works"]() is good

    @pytest.mark.parametrize(
        ("stamp", "begins"), [("installed", ".venv/bin/python "), ("half", "python3 ")]
    )
    def test_it_keeps_the_python_that_it_was_made_with(
        self, tmp_path: Path, stamp: str, begins: str
    ) -> None:
        _program(tmp_path / ".venv/bin/python", "exit 0")
        (tmp_path / ".venv" / stamp).touch()
        # `make test` tells what it runs that it was run by make.
        told = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"}
        clean = {name: os.environ[name] for name in os.environ.keys() - told}

        does = subprocess.run(
            ["make", "--dry-run", "--file", str(setup.ROOT / "Makefile"), "setup"],
            cwd=tmp_path,
            env=clean,
            capture_output=True,
            text=True,
            check=True,
        )

        assert does.stdout == f"{begins}deploy/setup.py\n"
