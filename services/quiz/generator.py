"""Questions made in a child process, which ends when it is no longer needed.

The language model of the generator costs some 200 MB and holds the interpreter while it reads, so
it lives in a process of its own: started when first needed, kept for a while, and killed when it
takes too long. One line of JSON each way: what is wanted and a path in, questions or a reason out.
"""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final

from prometheus_client import Counter, Histogram

from services.quiz.generate.wire import Reply, Task
from services.quiz.model.draft import Made, Wanted
from services.quiz.ports import CannotGenerate
from shared.metrics import SECONDS, timed
from shared.problems import Away

_LONGEST_LINE: Final = 16 * 1024 * 1024
_COMMAND: Final = (sys.executable, "-m", "services.quiz.generate")
_TRIES: Final = 2

TAKEN: Final = Histogram(
    "mesh_quiz_making_seconds", "How long the questions of a document took", buckets=SECONDS
)
MADE: Final = Counter("mesh_quiz_questions_made_total", "Questions made, by how they ask", ["type"])


class _Ended(Exception):
    """The child ended instead of answering."""


class ChildGenerator:
    """A generator of questions in a child process; close it at the end."""

    def __init__(self, *, within: float = 180.0, idle: float = 30.0, memory: int = 2 << 30) -> None:
        self._within = within
        self._idle = idle
        self._memory = memory
        self._one_at_a_time = asyncio.Lock()
        self._child: Process | None = None
        self._ending_when_idle: asyncio.Task[None] | None = None
        self._closed = False

    async def make(self, text: Path, wanted: Wanted) -> Made:
        """Make questions from the text in a file; `CannotGenerate` if that fails or takes long."""
        async with self._one_at_a_time:
            self._keep_child()
            with timed(TAKEN):
                made = await self._in_time(Task.of(text, wanted))
            self._ending_when_idle = asyncio.create_task(self._end_when_idle())
        for draft in made.drafts:
            MADE.labels(draft.type.value).inc()
        return made

    async def close(self) -> None:
        """End the child, if there is one; what it was making is made elsewhere."""
        self._closed = True
        self._keep_child()
        await self._end()

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is no child, and no memory taken."""
        alive = self._child is not None and self._child.returncode is None
        return self._child.pid if self._child is not None and alive else None

    async def _in_time(self, task: Task) -> Made:
        try:
            async with asyncio.timeout(self._within):
                return await self._ask_twice(task)
        except TimeoutError as late:
            await self._end()
            sentence = f"Making questions took longer than {self._within:g} s."
            raise CannotGenerate("timed-out", sentence) from late
        except asyncio.CancelledError:
            await self._end()
            raise

    async def _ask_twice(self, task: Task) -> Made:
        """Ask a child, and a second one if the first ends: perhaps it was killed from outside."""
        for _ in range(_TRIES):
            if self._closed:
                raise Away("the process is about to end")
            with contextlib.suppress(_Ended):
                return (await self._ask(task)).made()
        if self._closed:
            raise Away("the process is about to end")
        raise CannotGenerate("crashed", "The generator broke down over this text.")

    async def _ask(self, task: Task) -> Reply:
        child = await self._running_child()
        if child.stdin is None or child.stdout is None:
            raise _Ended
        child.stdin.write(task.model_dump_json().encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await child.stdin.drain()
        line = await child.stdout.readline()
        if not line.endswith(b"\n"):
            await child.wait()
            raise _Ended
        return Reply.model_validate_json(line)

    async def _running_child(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                *_COMMAND, str(self._memory), stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE
            )
        return self._child

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._idle)
        async with self._one_at_a_time:
            await self._end()

    def _keep_child(self) -> None:
        if self._ending_when_idle is not None:
            self._ending_when_idle.cancel()
            self._ending_when_idle = None

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
