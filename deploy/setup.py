"""Make `.venv` hold exactly what requirements.lock lists. Run before anything is installed.

It needs Python with its venv module and nothing else, and keeps to what Python 3.6 reads too
(types it would not know stand in quotes), so that even that one is told what is missing.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator  # noqa: UP035  # this Python may be older than the rule

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed"
MESH = VENV / "bin" / "mesh"
"""The operators' command line; it works from any directory."""

OLDEST = (3, 11)
PROVEN = ("python3.11", "python3.13", "python3.12")
"""What it was set up with: every test runs on the first; how far the others were tried: README."""
NEEDED = 3 * 1024**3
"""Bytes: the environment, and the cache of what was fetched."""
BEAT = 5.0
"""Seconds between two signs of life while a step runs."""
SOURCE_ONLY = ("nkeys",)
"""Published without a wheel; pure Python, so that building it needs no compiler."""

_NO_WHEEL = re.compile(r"Because ([\w.-]+?)==(\S+) has no (?:usable )?wheels")
UV = re.compile(r"^uv==.*(?:\n    --hash=.*)+", re.MULTILINE)
_FULL = ("No space left on device", "Disk quota exceeded")


class Hopeless(Exception):
    """We cannot go on; the message is one sentence that says what to do."""


def main() -> int:
    """Do nothing when all is as it should be; otherwise make it so, and tell how it goes."""
    try:
        require_python(sys.version_info[:2])
        wanted = fingerprint()
        if not is_good(wanted):
            with alone():
                if not is_good(wanted):
                    install(wanted)
        write_command()
    except Hopeless as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}. May you write in {ROOT}?\n")
        return 1
    return 0


def require_python(have: "tuple[int, ...]") -> None:
    """Say which Python is needed, and which package brings its venv module where that is apart."""
    if have < OLDEST:
        raise Hopeless(
            f"studymesh needs Python {dotted(OLDEST)} or newer, and {sys.executable} is"
            f" {dotted(have)}: {another()}."
        )
    try:
        import ensurepip  # noqa: F401, PLC0415  # Debian packs it apart
        import venv  # noqa: F401, PLC0415
    except ImportError:
        package = f"python{dotted(have)}-venv"
        raise Hopeless(
            f"This Python has no venv module: install the package {package}"
            f" (Debian, Ubuntu: `apt install {package}`)."
        ) from None


def another() -> str:
    """Tell which Python to name instead: one that is here and can make environments, if any is."""
    for name in PROVEN:
        if shutil.which(name) and succeeds(name, "-c", "import ensurepip, venv"):
            return f"{name} is on this machine, so say `make run PYTHON={name}`"
    return f"install one and name it, as in `make run PYTHON={PROVEN[0]}`"


def install(wanted: str) -> None:
    """Make the environment, put uv into it, and let uv make it fit the lock."""
    require_room(shutil.disk_usage(ROOT).free)
    if STAMP.exists():
        STAMP.unlink()
    if not works():
        tell(f"Making {VENV} with Python {dotted(sys.version_info[:2])} …")
        run(sys.executable, "-m", "venv", "--clear", str(VENV))
    tell("Installing uv …")
    run(
        *(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--requirement", str(only_uv(LOCK.read_text()))),
    )
    tell("Installing what requirements.lock lists: some 190 packages, 1.1 GB …")
    run(
        *(str(PYTHON), "-m", "uv", "pip", "sync", "--quiet", "--python", str(PYTHON)),
        *("--require-hashes", "--only-binary", ":all:"),
        *(word for name in SOURCE_ONLY for word in ("--no-binary", name)),
        str(LOCK),
    )
    STAMP.write_text(wanted)
    tell("Installed.")


def write_command() -> None:
    """Put `mesh` beside the other programs, whole or not at all; leave it where it is right."""
    script = (
        f"#!{PYTHON}\nimport sys\n\nsys.path.insert(0, {str(ROOT)!r})\n\n"
        "from deploy.mesh.__main__ import main\n\nsys.exit(main())\n"
    )
    if MESH.exists() and MESH.read_text() == script:
        return
    fresh = MESH.with_name(f".mesh-{os.getpid()}")
    fresh.write_text(script)
    fresh.chmod(0o755)
    fresh.rename(MESH)


def run(*command: str) -> None:
    """Run a step; where it fails, show what it said, then say in a sentence what to do."""
    environment = dict(os.environ, VIRTUAL_ENV=str(VENV))
    home = os.path.expanduser("~")  # noqa: PTH111  # there may be none, and that is no error
    if not os.access(home, os.W_OK):
        environment.setdefault("UV_CACHE_DIR", str(VENV / "uv-cache"))
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        step = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        while step.poll() is None:
            try:
                step.wait(BEAT)
            except subprocess.TimeoutExpired:
                tell(f"  … {time.monotonic() - began:.0f} s")
        output.seek(0)
        said = output.read().decode(errors="replace")
    if step.returncode != 0:
        sys.stderr.write(said)
        raise Hopeless(advice(said, sys.version_info[:2]))


def advice(said: str, python: "tuple[int, ...]") -> str:
    """Turn what an installer said into what to do about it."""
    if any(word in said for word in _FULL):
        return f"The disk is full: {VENV} and its cache take {NEEDED // 2**30} GB; make room first."
    missing = _NO_WHEEL.search(said)
    if missing:
        return (
            f"There is no wheel of {missing.group(1)} {missing.group(2)} for Python"
            f" {dotted(python)} on this machine. Python 3.11 is proven, 3.12 and 3.13 were tried:"
            f" {another()}."
        )
    if "ensurepip" in said:
        return (
            f"This Python makes no environments: install the package python{dotted(python)}-venv."
        )
    return "Setting up failed; what was said stands above. Can the package index be reached?"


def require_room(free: int) -> None:
    """Refuse before the disk is full, and say how much is needed."""
    if free < NEEDED:
        raise Hopeless(
            f"Only {free // 2**20} MB are free for {VENV}, and setting up takes about"
            f" {NEEDED // 2**20} MB: make room first."
        )


def only_uv(lock: str) -> Path:
    """Cut uv, with its hashes, out of the lock: its version stands in one place."""
    found = UV.search(lock)
    if found is None:
        raise Hopeless(f"{LOCK} does not list uv.")
    path = VENV / "uv.txt"
    path.write_text(found.group(0) + "\n")
    return path


def fingerprint() -> str:
    """Tell what the environment is made from: the lock and this Python."""
    version = dotted(sys.version_info[:2])
    return f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {version} {VENV}\n"


def is_good(wanted: str) -> bool:
    """See whether the environment was made from the same; a removed Python breaks its link."""
    return STAMP.exists() and STAMP.read_text() == wanted and PYTHON.exists()


def works() -> bool:
    """See whether there is an environment to build on, and of this Python, not of another."""
    same = f"import pip, sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]!r})"
    return PYTHON.exists() and succeeds(str(PYTHON), "-c", same)


def succeeds(*command: str) -> bool:
    """Run something for its code alone."""
    nothing = subprocess.DEVNULL
    return subprocess.run(command, check=False, stdout=nothing, stderr=nothing).returncode == 0


@contextmanager
def alone() -> Iterator[None]:
    """Let a second start wait while the first one installs."""
    with LOCK.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def dotted(version: "tuple[int, ...]") -> str:
    """Write a version."""
    return ".".join(map(str, version))


def tell(line: str) -> None:
    """Show how it goes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
