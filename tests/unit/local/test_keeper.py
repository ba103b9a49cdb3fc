"""A kept process is started again whatever its exit code, and when it is deaf for too long."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local.keeper import LONGEST_PAUSE, Keeper, Watched
from deploy.local.program import Program
from deploy.local.status import Board, State, Status


@dataclass
class Kept:
    """A shell command under a keeper, and everything that was told about it."""

    folder: Path
    command: str
    deaf: float | None = None
    every: float = 0.02
    refuses: bool = False
    told: list[str] = field(default_factory=list)
    keeper: Keeper = field(init=False)
    board: Board = field(init=False)

    def __post_init__(self) -> None:
        self.board = Board(self.folder / "status.json", "http://here")
        watched = Watched(
            program=lambda: Program("it", ("sh", "-c", self.command), self.folder, stop_within=2.0),
            probe=self._probe,
            name="it",
            log=self.folder / "it.log",
            port=1,
            every=self.every,
            deaf=self.deaf,
        )
        self.keeper = Keeper(watched, self.board, self.told.append)

    async def _probe(self) -> None:
        if self.refuses:
            raise ConnectionRefusedError("not listening")

    async def until(self, holds: Callable[[], bool], within: float = 10.0) -> None:
        async with asyncio.timeout(within):
            while not holds():
                await asyncio.sleep(0.01)

    @property
    def said(self) -> str:
        log = self.keeper.watched.log
        return log.read_text() if log.exists() else ""

    @property
    def restarts(self) -> int:
        return self.board["it"].restarts


@asynccontextmanager
async def keeping(kept: Kept) -> AsyncGenerator[Kept]:
    task = asyncio.create_task(kept.keeper.keep())
    try:
        yield kept
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await kept.keeper.stop()


class TestKeeper:
    @pytest.mark.parametrize("ending", ["exit 0", "exit 1", "exit 78", "kill -9 $$"])
    async def test_it_is_started_again_however_it_ended(self, tmp_path: Path, ending: str) -> None:
        async with keeping(Kept(tmp_path, f"echo run; {ending}", refuses=True)) as kept:
            await kept.until(lambda: kept.restarts >= 2)

        assert kept.said.count("run") >= 2

    async def test_pauses_grow_but_never_beyond_five_seconds(self, tmp_path: Path) -> None:
        async with keeping(Kept(tmp_path, "exit 1", refuses=True)) as kept:
            await kept.until(lambda: kept.restarts >= 3)

        assert [line.split(" in ")[1].split(" s")[0] for line in kept.told[:3]] == [
            "0.2",
            "0.4",
            "0.8",
        ]
        assert LONGEST_PAUSE <= 5

    async def test_what_cannot_be_started_is_tried_again(self, tmp_path: Path) -> None:
        kept = Kept(tmp_path, "true")
        kept.folder = tmp_path / "not-there-yet"

        async with keeping(kept):
            await kept.until(lambda: kept.restarts >= 1)
            kept.folder.mkdir()
            kept.command = "sleep 60"
            await kept.until(lambda: kept.board["it"].state is State.READY)

        assert "cannot be started" in kept.told[0]

    async def test_one_that_is_deaf_for_too_long_is_stopped_and_started(
        self, tmp_path: Path
    ) -> None:
        async with keeping(Kept(tmp_path, "sleep 60", deaf=0.3)) as kept:
            await kept.until(lambda: kept.board["it"].state is State.READY)
            first = kept.board["it"].pid
            kept.refuses = True
            await kept.until(lambda: kept.restarts == 1)
            kept.refuses = False
            await kept.until(lambda: kept.board["it"].state is State.READY)

            assert kept.board["it"].pid != first
        assert any("refused for too long (not listening)" in line for line in kept.told)

    async def test_one_that_is_deaf_for_a_moment_is_left_alone(self, tmp_path: Path) -> None:
        async with keeping(Kept(tmp_path, "sleep 60", deaf=30)) as kept:
            await kept.until(lambda: kept.board["it"].state is State.READY)
            kept.refuses = True
            await kept.until(lambda: kept.board["it"].state is State.STARTING)
            kept.refuses = False
            await kept.until(lambda: kept.board["it"].state is State.READY)

            assert kept.restarts == 0

    async def test_all_are_asked_at_once_when_one_is_lost(self, tmp_path: Path) -> None:
        async with keeping(Kept(tmp_path, "sleep 60", every=600)) as kept:
            await kept.until(lambda: kept.board["it"].state is State.READY)
            kept.board.enter(Status("needed", State.READY))
            kept.refuses = True
            kept.board.change("needed", state=State.WAITING)
            await kept.until(lambda: kept.board["it"].state is State.STARTING)

        assert "it is not ready: not listening" in kept.told

    async def test_stopping_asks_first_and_insists_after_its_time(self, tmp_path: Path) -> None:
        command = "trap 'echo asked' TERM; echo ready; while true; do sleep 0.05; done"
        async with keeping(Kept(tmp_path, command)) as kept:
            await kept.until(lambda: kept.said == "ready\n")
            began = time.monotonic()

        assert kept.said == "ready\nasked\n"
        assert time.monotonic() - began < 5
        assert kept.board["it"].state is State.STOPPED

    async def test_what_it_started_goes_with_it(self, tmp_path: Path) -> None:
        command = "sleep 61 & echo $!; wait"
        async with keeping(Kept(tmp_path, command)) as kept:
            await kept.until(lambda: kept.said != "")
            grandchild = int(kept.said)

        await kept.until(lambda: not _runs(grandchild))


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    with suppress(FileNotFoundError, ProcessLookupError):
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    return False
