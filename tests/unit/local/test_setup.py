"""Setting up fails in sentences that say what to do, and pins what it begins with."""

import subprocess
import sys

import pytest

from deploy import setup


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
        assert "make run PYTHON=python3.11" in advice

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
