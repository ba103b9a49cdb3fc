"""The README's tour, read as what it is: commands, and what they print."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
_VARYING = (
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}"),
    re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    re.compile(r"[\w-]+@example\.org"),
    re.compile(r'(?<="role":)"\w+"'),
)
_END = "--- end of a step ---"


@dataclass(frozen=True)
class Step:
    """One command and the lines it printed when the tour was written."""

    command: str
    printed: tuple[str, ...]


def steps() -> list[Step]:
    """Read them out of the README."""
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = "".join(_BLOCK.findall(told)).splitlines()
    found: list[Step] = []
    for line in lines:
        if line.startswith("$ "):
            found.append(Step(line.removeprefix("$ "), ()))
        else:
            last = found.pop()
            found.append(Step(last.command, (*last.printed, line)))
    return found


def walk(base: str) -> list[Step]:
    """Type every command into one shell, against the mesh at `base`; tell what it prints."""
    typed = [step.command for step in steps()]
    somebody = f"ada-{uuid4().hex}@example.org"
    own = [command.replace("ada@example.org", somebody) for command in typed[1:]]
    script = f"\necho; echo '{_END}'\n".join([f"BASE={base}", *own, ""])
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=180, check=True
    )
    printed = done.stdout.split(_END)
    return [
        Step(command, tuple(line for line in part.splitlines() if line))
        for command, part in zip(typed, printed, strict=False)
    ]


def settled(step: Step) -> Step:
    """Take out what is another every time: ids, times, and who was there before."""
    lines = step.printed
    for varying in _VARYING:
        lines = tuple(varying.sub("…", line) for line in lines)
    return Step(step.command, lines)
