"""Children are limited, killed with their callers and parents, and say nothing we would trust."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from shared.child import ChildFailed, Children, Ending, Limits, Plain

LIMITS = Limits(seconds=20, memory=1024**3, answer=1_000_000)
DEEDS = "tests.unit.shared.deeds"


@pytest.fixture
async def children() -> AsyncGenerator[Children]:
    children = Children([DEEDS])
    yield children
    await children.close()


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def parent_of(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])


async def ending(children: Children, deed: str, limits: Limits = LIMITS, **asked: Plain) -> Ending:
    with pytest.raises(ChildFailed) as failed:
        await children.run(f"{DEEDS}:{deed}", asked, limits)
    return failed.value.ending


class TestAnswers:
    async def test_a_child_answers_with_bytes(self, children: Children) -> None:
        assert await children.run(f"{DEEDS}:greet", {"name": "Ada"}, LIMITS) == b"hello Ada"

    async def test_many_children_work_at_once(self, children: Children) -> None:
        answers = await asyncio.gather(
            *(children.run(f"{DEEDS}:greet", {"name": str(n)}, LIMITS) for n in range(20))
        )

        assert answers == [f"hello {n}".encode() for n in range(20)]

    async def test_a_long_answer_arrives_whole(self, children: Children) -> None:
        answer = await children.run(f"{DEEDS}:say_much", {"size": 1_000_000}, LIMITS)

        assert answer == b"x" * 1_000_000

    async def test_starting_a_child_costs_milliseconds(self, children: Children) -> None:
        await children.start()
        began = time.perf_counter()

        for _ in range(10):
            await children.run(f"{DEEDS}:greet", {"name": "Ada"}, LIMITS)

        assert (time.perf_counter() - began) / 10 < 0.2


class TestLimits:
    async def test_memory_is_limited(self, children: Children) -> None:
        assert await ending(children, "take_memory", size=2 * 1024**3) is Ending.OUT_OF_MEMORY

    async def test_time_spent_computing_is_limited(self, children: Children) -> None:
        limits = Limits(seconds=0.3, memory=1024**3, answer=10)

        assert await ending(children, "compute_for_ever", limits) is Ending.TIMED_OUT

    async def test_time_spent_waiting_is_limited(self, children: Children) -> None:
        limits = Limits(seconds=0.3, memory=1024**3, answer=10)

        assert await ending(children, "wait_for_ever", limits) is Ending.TIMED_OUT

    async def test_the_length_of_an_answer_is_limited(self, children: Children) -> None:
        assert await ending(children, "say_much", size=1_000_001) is Ending.TOO_MUCH

    async def test_files_are_not_written(self, children: Children, tmp_path: Path) -> None:
        path = tmp_path / "file"

        refused = await ending(children, "write", path=str(path), size=1)

        assert refused in {Ending.RAISED, Ending.CRASHED}
        assert not path.exists() or path.stat().st_size == 0

    async def test_files_are_written_up_to_the_size_allowed(
        self, children: Children, tmp_path: Path
    ) -> None:
        limits = Limits(seconds=20, memory=1024**3, answer=100, file_size=1000)
        arguments: dict[str, Plain] = {"path": str(tmp_path / "file"), "size": 1000}

        assert await children.run(f"{DEEDS}:write", arguments, limits) == b"written"

    async def test_the_number_of_open_files_is_limited(self, children: Children) -> None:
        assert await ending(children, "open_many") is Ending.RAISED


class TestFailures:
    async def test_an_error_is_told(self, children: Children) -> None:
        with pytest.raises(ChildFailed, match="ValueError: no such thing"):
            await children.run(f"{DEEDS}:fail", {}, LIMITS)

    async def test_a_crash_is_told_and_harms_nobody_else(self, children: Children) -> None:
        assert await ending(children, "crash") is Ending.CRASHED
        assert await ending(children, "leave") is Ending.CRASHED

        assert await children.run(f"{DEEDS}:greet", {"name": "Ada"}, LIMITS) == b"hello Ada"

    async def test_where_children_come_from_is_made_again(self, children: Children) -> None:
        first = int((await children.run(f"{DEEDS}:who", {}, LIMITS)).split()[1])
        waiting = asyncio.create_task(ending(children, "wait_for_ever"))
        await until(lambda: len(Path(f"/proc/{first}/task/{first}/children").read_text()) > 0)

        os.kill(first, signal.SIGKILL)

        assert await waiting is Ending.LOST
        second = int((await children.run(f"{DEEDS}:who", {}, LIMITS)).split()[1])
        assert second != first


class TestIsolation:
    async def test_there_is_no_network(self, children: Children) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

            assert await ending(children, "connect", host="127.0.0.1", port=port) is Ending.RAISED

    async def test_where_the_kernel_cannot_help_python_opens_no_socket(self) -> None:
        code = (
            "import socket, sys; from shared.forkserver import _refuse_sockets;"
            "sys.addaudithook(_refuse_sockets); socket.socket()"
        )
        asked = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stderr=asyncio.subprocess.PIPE
        )

        _, told = await asked.communicate()

        assert b"PermissionError: a child has no network" in told

    async def test_our_secrets_are_not_in_its_environment(
        self, children: Children, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MESH_DOCUMENT_DATABASE_URL", "secret")

        names = await children.run(f"{DEEDS}:environment", {}, LIMITS)

        assert b"MESH" not in names

    async def test_it_holds_none_of_our_files(self, children: Children) -> None:
        # The usual three, the line to us, and the directory that is being listed.
        assert len((await children.run(f"{DEEDS}:open_files", {}, LIMITS)).split()) == 5


class TestDeath:
    async def test_cancelling_the_caller_kills_the_child(
        self, children: Children, tmp_path: Path
    ) -> None:
        path = tmp_path / "process"
        limits = Limits(seconds=20, memory=1024**3, answer=10, file_size=100)
        call = children.run(f"{DEEDS}:wait_and_tell", {"path": str(path)}, limits)
        caller = asyncio.create_task(call)
        await until(lambda: path.exists() and path.read_text() != "")
        process = int(path.read_text())

        caller.cancel()
        await asyncio.wait({caller})

        await until(lambda: not alive(process))

    async def test_killing_the_parent_kills_its_children(self, tmp_path: Path) -> None:
        path = tmp_path / "process"
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.unit.shared.parent", str(path)
        )
        await until(lambda: path.exists() and path.read_text() != "")
        child = int(path.read_text())
        fork_server = parent_of(child)

        parent.kill()
        await parent.wait()

        await until(lambda: not alive(child) and not alive(fork_server))

    async def test_closing_leaves_nothing_behind(self) -> None:
        children = Children()
        fork_server = int((await children.run(f"{DEEDS}:who", {}, LIMITS)).split()[1])

        await children.close()

        await until(lambda: not alive(fork_server))
