"""What processes cost, as the kernel counts it: processor seconds, and memory without doubles."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_TICK: Final = os.sysconf("SC_CLK_TCK")
_KIB: Final = 1024


def cpu(roots: Mapping[str, int]) -> dict[str, float]:
    """Tell the processor seconds of each named process and all below it, but for other named."""
    return {name: sum(map(_cpu, tree)) for name, tree in _trees(roots).items()}


def memory(roots: Mapping[str, int]) -> dict[str, int]:
    """Tell the memory of each; what several share is divided among them (PSS)."""
    return {name: sum(map(_memory, tree)) for name, tree in _trees(roots).items()}


def _trees(roots: Mapping[str, int]) -> dict[str, list[int]]:
    below, named = _children(), set(roots.values())

    def tree(pid: int) -> Iterator[int]:
        yield pid
        for child in below.get(pid, ()):
            if child not in named:
                yield from tree(child)

    return {name: list(tree(pid)) for name, pid in roots.items()}


def _children() -> dict[int, list[int]]:
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                below.setdefault(int(fields[1]), []).append(int(entry.name))
    return below


def _cpu(pid: int) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _TICK if fields else 0.0


def _memory(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * _KIB for line in lines if line.startswith("Pss:"))


def _stat(pid: int) -> list[str]:
    """Read a process's line from its state on; the name before it may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []
