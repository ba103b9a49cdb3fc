"""The process that children are forked from: small, single-threaded, with what they need imported.

`child.py` starts it and tells it what to run; a fork costs milliseconds, a fresh interpreter half
a second. It dies when its parent does, and its children die with it.
"""

import ctypes
import gc
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

MESSAGE: Final = 64 * 1024
"""Bytes of the longest job."""

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_OPEN_FILES: Final = 64

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Job:
    """One call: `module:function`, its arguments, and what it may use."""

    function: str
    arguments: dict[str, Any]
    cpu_seconds: int
    memory: int
    file_size: int
    forks: bool

    @classmethod
    def read(cls, message: bytes) -> "Job":
        """Understand what the parent sent."""
        return cls(**json.loads(message))


@dataclass(frozen=True, slots=True)
class _Child:
    process: int
    line: socket.socket
    """To the parent. How the child ended goes out; when it closes, the child is killed."""


class ForkServer:
    """Forks a child for each job, and tells how each ended."""

    def __init__(self, control: socket.socket, *, guarded: bool) -> None:
        self._control = control
        self._guarded = guarded
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, _Child] = {}

    def run(self) -> None:
        """Work until the parent hangs up."""
        self._selector.register(self._control, selectors.EVENT_READ, self._take)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    if not self._take():
                        return
                else:
                    self._attend(key.data)

    def _take(self) -> bool:
        message, handles, _, _ = socket.recv_fds(self._control, MESSAGE, 2)
        if not message:
            return False
        answer, line = (socket.socket(fileno=handle) for handle in handles)
        parent = os.getpid()
        process = os.fork()
        if process == 0:
            self._become(Job.read(message), answer, parent)
        answer.close()
        child = _Child(process, line)
        ended = os.pidfd_open(process)
        self._children[ended] = child
        self._selector.register(ended, selectors.EVENT_READ, ended)
        self._selector.register(line, selectors.EVENT_READ, ended)
        return True

    def _attend(self, ended: int) -> None:
        """Kill a child whose caller hung up, and tell the caller of one that ended how it did."""
        child = self._children.pop(ended, None)
        if child is None:
            return
        if os.waitid(os.P_PIDFD, ended, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            signal.pidfd_send_signal(ended, signal.SIGKILL)
        _, status, used = os.wait4(child.process, 0)
        told = {
            "code": os.waitstatus_to_exitcode(status),
            "cpu_seconds": used.ru_utime + used.ru_stime,
            "peak_memory": used.ru_maxrss * 1024,
        }
        self._selector.unregister(ended)
        self._selector.unregister(child.line)
        os.close(ended)
        try:
            child.line.send(json.dumps(told).encode(), socket.MSG_DONTWAIT)
        except OSError:
            told.clear()  # the parent hung up and does not want to know
        child.line.close()

    def _become(self, job: Job, answer: socket.socket, parent: int) -> None:
        """Be the child: take the limits on, work, answer, and never return."""
        try:
            die_with_parent(parent)
            _close_all_but(answer.fileno())
            _take_on(job, guarded=self._guarded)
            answer.sendall(b"=" + _function(job.function)(**job.arguments))
            code = 0
        except MemoryError:
            code = _confess(answer, "MemoryError", "")
        except BaseException as error:  # noqa: BLE001  # whatever it was, the parent is told
            code = _confess(answer, type(error).__name__, str(error))
        os._exit(code)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill us when our parent dies, also by kill -9."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def leave_the_network() -> bool:
    """Move into a network with nothing in it; False where the kernel does not permit it."""
    if _libc.unshare(_CLONE_NEWNET) == 0:
        return True
    return bool(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def _take_on(job: Job, *, guarded: bool) -> None:
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, job.memory),
        (resource.RLIMIT_CPU, job.cpu_seconds),
        (resource.RLIMIT_FSIZE, job.file_size),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ]
    if not job.forks:
        limits.append((resource.RLIMIT_NPROC, 0))
    for what, limit in limits:
        _, most = resource.getrlimit(what)
        limit = limit if most == resource.RLIM_INFINITY else min(limit, most)  # noqa: PLW2901
        resource.setrlimit(what, (limit, limit))
    if guarded:
        sys.addaudithook(_refuse_sockets)


def _refuse_sockets(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith("socket.") and event != "socket.__del__":
        raise PermissionError("a child has no network")


def _close_all_but(kept: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def _function(name: str) -> Callable[..., bytes]:
    module, _, attribute = name.partition(":")
    found: Callable[..., bytes] = getattr(importlib.import_module(module), attribute)
    return found


def _confess(answer: socket.socket, kind: str, detail: str) -> int:
    try:
        answer.sendall(b"!" + json.dumps({"kind": kind, "detail": detail[:1000]}).encode())
    except (OSError, MemoryError):
        return 1
    return 0


def main(control: int, parent: int, modules: list[str]) -> None:
    """Be a fork server: `python -m shared.forkserver <control> <parent> <module>…`."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in modules:
        importlib.import_module(module)
    isolated = leave_the_network()
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=control) as line:
        line.send(json.dumps({"isolated": isolated}).encode())
        ForkServer(line, guarded=not isolated).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
