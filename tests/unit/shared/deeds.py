"""What a hostile child may try."""

import os
import signal
import socket
import time
from pathlib import Path


def greet(name: str) -> bytes:
    return f"hello {name}".encode()


def take_memory(size: int) -> bytes:
    return bytes(len(bytearray(size)))


def compute_for_ever() -> bytes:
    while True:
        pass


def wait_for_ever() -> bytes:
    time.sleep(3600)
    return b""


def wait_and_tell(path: str) -> bytes:
    Path(path).write_text(str(os.getpid()))
    return wait_for_ever()


def say_much(size: int) -> bytes:
    return b"x" * size


def fail() -> bytes:
    raise ValueError("no such thing")


def crash() -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def leave() -> bytes:
    os._exit(3)


def write(path: str, size: int) -> bytes:
    with Path(path).open("wb") as file:
        file.write(b"x" * size)
    return b"written"


def connect(host: str, port: int) -> bytes:
    with socket.create_connection((host, port), timeout=2):
        return b"connected"


def environment() -> bytes:
    return "\n".join(os.environ).encode()


def open_files() -> bytes:
    return "\n".join(entry.name for entry in Path("/proc/self/fd").iterdir()).encode()


def open_many() -> bytes:
    return bytes(os.open(os.devnull, os.O_RDONLY) for _ in range(500))


def who() -> bytes:
    return f"{os.getpid()} {os.getppid()}".encode()
