"""What is committed holds for everybody: no machine's paths, no registry's name, no big files."""

import re
import subprocess
from functools import cache
from pathlib import Path

from tests.architecture.code import ROOT

BIGGEST = 1024 * 1024
MACHINE = re.compile(r"(?<![\w.])/(work|root)/\w|/home/\w+/|file:///")
REGISTRY = re.compile(r"--(extra-)?index-url|pypi\.org/simple|files\.pythonhosted\.org")


@cache
def _committed() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else []
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())


def test_no_file_knows_a_machine_or_a_registry() -> None:
    knowing = {}
    for path in _committed():
        if path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found = MACHINE.search(text) or REGISTRY.search(text)
        if found:
            knowing[path.relative_to(ROOT).as_posix()] = found.group()

    assert knowing == {}


def test_no_file_is_big() -> None:
    assert {
        path.name: path.stat().st_size for path in _committed() if path.stat().st_size > BIGGEST
    } == {}
