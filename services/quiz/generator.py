"""Questions made in a child process, which ends when it is no longer needed.

The language model of the generator costs some 200 MB and holds the interpreter while it reads, so
it lives in a process of its own: started when first needed, kept for a while, and killed when it
takes too long. One line of JSON each way: a wish and a path in, questions or a reason out.
"""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final

from services.quiz.generate.wire import Reply, Task
from services.quiz.model.draft import Made, Wanted
from services.quiz.ports import CannotGenerate

_LONGEST_LINE: Final = 16 * 1024 * 1024
_COMMAND: Final = (sys.executable, "-m", "services.quiz.generate")


class ChildGenerator:
    """A generator of questions in a child process; close it at the end."""

    def __init__(self, *, within: float = 180.0, idle: float = 30.0, memory: int = 2 << 30) -> None:
        self._within = within
        self._idle = idle
        self._memory = memory
        self._one_at_a_time = asyncio.Lock()
        self._child: Process | None = None
        self._farewell: asyncio.Task[None] | None = None

    async def make(self, text: Path, wanted: Wanted) -> Made:
        """Make questions from the text in a file; `CannotGenerate` if that fails or takes long."""
        async with self._one_at_a_time:
            self._stay()
            try:
                async with asyncio.timeout(self._within):
                    reply = await self._ask(Task.of(text, wanted))
            except TimeoutError as late:
                await self._end()
                sentence = f"Making questions took longer than {self._within:g} s."
                raise CannotGenerate("timed-out", sentence) from late
            except BaseException:
                await self._end()
                raise
            self._farewell = asyncio.create_task(self._leave())
            return reply.made()

    async def close(self) -> None:
        """End the child, if there is one."""
        self._stay()
        async with self._one_at_a_time:
            await self._end()

    @property
    def alive(self) -> bool:
        """Whether a child is there, and its memory taken."""
        return self._child is not None and self._child.returncode is None

    async def _ask(self, task: Task) -> Reply:
        child = await self._there()
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("a child without pipes")
        child.stdin.write(task.model_dump_json().encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await child.stdin.drain()
        line = await child.stdout.readline()
        if not line.endswith(b"\n"):
            code = await child.wait()
            raise CannotGenerate("crashed", f"The generator ended with code {code}.")
        return Reply.model_validate_json(line)

    async def _there(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                *_COMMAND, str(self._memory), stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE
            )
        return self._child

    async def _leave(self) -> None:
        await asyncio.sleep(self._idle)
        async with self._one_at_a_time:
            await self._end()

    def _stay(self) -> None:
        if self._farewell is not None:
            self._farewell.cancel()
            self._farewell = None

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
