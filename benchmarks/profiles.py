"""Where processes spend their time, function by function, as py-spy sees it from outside."""

import re
import signal
import subprocess
import sysconfig
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_RATE: Final = 50
_PLACE: Final = re.compile(r"^(?P<function>.*?) \((?P<file>[^():]+)(?::\d+)?\)$")
OURS: Final = ("services/", "shared/", "contracts/")


@dataclass(slots=True)
class Profile:
    """Seconds by function: spent there, and spent there or below."""

    here: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    below: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, stacks: str) -> None:
        """Count stacks as py-spy writes them: frames from the outermost in, then how often."""
        for line in stacks.splitlines():
            stack, _, count = line.rpartition(" ")
            frames = [_function(frame) for frame in stack.split(";")]
            seconds = int(count) / _RATE
            self.here[frames[-1]] += seconds
            for frame in {one for one in frames if one.startswith(OURS)}:
                self.below[frame] += seconds


@contextmanager
def profiled(roots: Mapping[str, int], directory: Path) -> Iterator[dict[str, Profile]]:
    """Look at some Python processes for the length of a block; what was seen is there behind it."""
    profiles: dict[str, Profile] = {}
    watching = {name: _watch(pid, directory / f"{name}.stacks") for name, pid in roots.items()}
    try:
        yield profiles
    finally:
        for name, watcher in watching.items():
            watcher.send_signal(signal.SIGINT)
            watcher.wait()
            stacks = directory / f"{name}.stacks"
            profiles[name] = Profile()
            if stacks.exists():
                profiles[name].add(stacks.read_text(encoding="utf-8"))


def _watch(pid: int, stacks: Path) -> "subprocess.Popen[bytes]":
    command = (
        *(str(Path(sysconfig.get_path("scripts")) / "py-spy"), "record", "--pid", str(pid)),
        *("--rate", str(_RATE), "--duration", "unlimited", "--format", "raw"),
        *("--subprocesses", "--nonblocking", "--output", str(stacks)),
    )
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _function(frame: str) -> str:
    """Name a frame by its file, as it is called in the repository or library, and its function."""
    found = _PLACE.match(frame)
    if found is None:
        return frame
    file = found["file"]
    for mark in ("site-packages/", *OURS):
        _, there, rest = file.rpartition(mark)
        if there:
            file = rest if mark == "site-packages/" else mark + rest
            break
    return f"{file} {found['function']}"
