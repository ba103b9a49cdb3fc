"""The generating child: it comes when needed, goes when not, and holds nobody up."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.quiz.generator import ChildGenerator
from services.quiz.model.draft import Wanted
from services.quiz.model.question import Type
from services.quiz.ports import CannotGenerate
from shared.problems import Away
from tests.unit.quiz.prose import STARS
from tests.waiting import until

WANTED = Wanted(5, tuple(Type), "seed")


@asynccontextmanager
async def generator(*, within: float = 60, idle: float = 60) -> AsyncGenerator[ChildGenerator]:
    made = ChildGenerator(within=within, idle=idle)
    yield made
    await made.close()


def text_in(folder: Path, paragraphs: Sequence[str]) -> Path:
    path = folder / "text.json"
    path.write_text(json.dumps({"text": "\n\n".join(paragraphs)}), encoding="utf-8")
    return path


class TestChild:
    async def test_it_is_there_while_needed_and_makes_the_same_every_time(
        self, tmp_path: Path
    ) -> None:
        text = text_in(tmp_path, STARS)

        async with generator(idle=0.1) as asked:
            assert asked.pid is None
            first = await asked.make(text, WANTED)
            await until(lambda: asked.pid is None)
            second = await asked.make(text, WANTED)

        assert first == second
        assert len(first.drafts) == 5

    async def test_the_loop_goes_on_while_it_works(self, tmp_path: Path) -> None:
        text = text_in(tmp_path, [f"{one} {number}" for number in range(60) for one in STARS])
        loop = asyncio.get_running_loop()
        gaps: list[float] = []

        async with generator() as asked:
            making = asyncio.create_task(asked.make(text, WANTED))
            while not making.done():
                before = loop.time()
                await asyncio.wait({making}, timeout=0.01)
                gaps.append(loop.time() - before)

        assert len(gaps) > 20
        assert max(gaps) < 0.5

    async def test_one_that_takes_too_long_is_ended_and_the_next_one_works(
        self, tmp_path: Path
    ) -> None:
        async with generator(within=0.01) as hasty:
            with pytest.raises(CannotGenerate) as refused:
                await hasty.make(text_in(tmp_path, STARS), WANTED)
            assert refused.value.code == "timed-out"
            assert hasty.pid is None

    async def test_killed_from_outside_it_is_replaced(self, tmp_path: Path) -> None:
        text = text_in(tmp_path, STARS)

        async with generator() as asked:
            first = await asked.make(text, WANTED)
            os.kill(asked.pid or 0, signal.SIGKILL)
            second = await asked.make(text, WANTED)

        assert first == second

    async def test_a_text_over_which_it_breaks_down_is_said_to(self, tmp_path: Path) -> None:
        broken = tmp_path / "text.json"
        broken.write_text('{"text": 7}', encoding="utf-8")

        async with generator() as asked:
            with pytest.raises(CannotGenerate) as refused:
                await asked.make(broken, WANTED)

        assert refused.value.code == "crashed"

    async def test_when_the_service_goes_nothing_is_said_to_have_failed(
        self, tmp_path: Path
    ) -> None:
        async with generator() as asked:
            making = asyncio.create_task(asked.make(text_in(tmp_path, STARS), WANTED))
            await until(lambda: asked.pid is not None)
            await asked.close()

            with pytest.raises(Away):
                await making
