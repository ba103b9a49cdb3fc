"""Search as a process on real servers: what it shows, hears, forgets, survives."""

import asyncio
import random
import shutil
import sys
from uuid import UUID

import pytest

from contracts.document import DocumentEdited
from contracts.search import DocumentForgotten, DocumentIndexed, SearchMode
from services.search.index.embedded import EmbeddedTextIndex
from services.search.model.passage import Scope, Vector
from services.search.model.question import Question
from services.search.store.vectors import PgVectorIndex
from shared.messages import Event
from shared.problems import Refused
from shared.settings import BadSettings
from tests.integration.search.neighbours import MODEL, Neighbourhood, Neighbours
from tests.integration.shared.service_process import ROOT
from tests.servers import Postgres
from tests.unit.search.examples import ANNA, BERT
from tests.waiting import until, until_found

BOTH = [SearchMode.TEXT, SearchMode.SEMANTIC]


class TestStory:
    async def test_a_document_is_found_edited_replaced_and_forgotten(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        cells = others.write("Cells", tags=["bio"])
        async with search.service.running():
            await others.say(others.cut(cells, 1, "The cell divides.", "Plants grow."))
            await until(lambda: len(others.heard) == 1)
            for mode in SearchMode:
                answer = await others.find("dividing cells", mode)
                assert (answer.mode, answer.degraded) == (mode, False)
                assert answer.results[0].text == "The cell divides."
                assert answer.results[0].title == "Cells"

            others.edit(cells, title="Zellen", tags=["neu"])
            await others.say(DocumentEdited(document_id=cells, owner_id=ANNA))
            await until_found(lambda: self._is_titled(others, "Zellen"))
            assert (await others.find("cell", tag="bio")).results == []

            await others.say(others.cut(cells, 2, "The cell rests."))
            await until(lambda: len(others.heard) == 2)
            for mode in BOTH:
                assert await others.texts("cell divides plants", mode) == ["The cell rests."]

            await others.say(others.delete(cells))
            await until(lambda: len(others.heard) == 3)
            for mode in SearchMode:
                answer = await others.find("cell", mode)
                assert (answer.results, answer.total) == ([], 0)

        assert others.heard == [
            DocumentIndexed(document_id=cells, owner_id=ANNA, version=1, passages=2),
            DocumentIndexed(document_id=cells, owner_id=ANNA, version=2, passages=1),
            DocumentForgotten(document_id=cells, owner_id=ANNA),
        ]

    async def test_nobody_finds_anything_of_another(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        mine = others.write("Mine", owner=ANNA)
        theirs = others.write("canary", owner=BERT)
        async with search.service.running():
            await others.say(others.cut(theirs, 1, "the canary sings", "a cell of the canary"))
            await others.say(others.cut(mine, 1, "a cell of mine"))
            await until(lambda: len(others.heard) == 2)
            for mode in SearchMode:
                for asked in ("canary", "canary cell", '"canary sings"'):
                    answer = await others.find(asked, mode)
                    assert "canary" not in answer.model_dump_json(exclude={"query"})
                    assert answer.total <= 1
            assert await others.texts("canary", by=BERT) == [
                "a cell of the canary",
                "the canary sings",
            ]

    async def test_an_empty_question_is_a_clear_problem(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        async with search.service.running():
            with pytest.raises(Refused) as refused:
                await others.find("  ")

        assert (refused.value.status, refused.value.code) == (422, "empty-query")

    @staticmethod
    async def _is_titled(others: Neighbours, title: str) -> bool:
        found = [await others.find("cell", mode) for mode in BOTH]
        return all(answer.results[0].title == title for answer in found)


class TestShuffled:
    async def test_any_order_of_news_ends_in_the_same_state_even_with_a_kill_in_between(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        kept, gone, news = _news(others, 24)

        async with search.service.running() as first:
            for event in news[: len(news) // 2]:
                await others.say(event)
            await until(lambda: len(others.heard) > 5)
            first.kill()
            await first.wait()
        async with search.service.running():
            for event in news[len(news) // 2 :]:
                await others.say(event)
            await until_found(others.idle, within=60)
            shown = {mode: await others.texts("reading of", mode) for mode in BOTH}
            counted = await others.find("reading", SearchMode.TEXT)

        assert all(texts == sorted(kept) for texts in shown.values())
        assert counted.total == len(kept)
        newest = [
            one for one in others.heard if isinstance(one, DocumentIndexed) and one.version == 3
        ]
        assert len({one.document_id for one in newest}) == len(newest) >= len(kept)
        forgotten = [one.document_id for one in others.heard if isinstance(one, DocumentForgotten)]
        assert sorted(forgotten) == sorted(gone)


class TestKilledBetweenIndexesAndCommit:
    async def test_an_indexed_reading_is_written_again_once(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        cells = others.write("Cells")
        await others.say(others.cut(cells, 1, "The cell divides.", "A cell wall."))

        assert await self._dies(search) == 9
        assert others.heard == []
        assert await _written(search) == (2, 2)

        async with search.service.running():
            await until(lambda: len(others.heard) == 1)
            await until_found(others.idle)
            for mode in SearchMode:
                assert await others.texts("cell", mode) == ["A cell wall.", "The cell divides."]
        assert await _written(search) == (2, 2)
        assert len(others.heard) == 1

    async def test_a_deletion_is_done_again(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        cells = others.write("Cells")
        async with search.service.running():
            await others.say(others.cut(cells, 1, "The cell divides."))
            await until(lambda: len(others.heard) == 1)
        await others.say(others.delete(cells))

        assert await self._dies(search) == 9
        assert len(others.heard) == 1
        assert await _written(search) == (0, 0)

        async with search.service.running():
            await until(lambda: len(others.heard) == 2)
            assert await others.texts("cell") == []
        assert others.heard[1] == DocumentForgotten(document_id=cells, owner_id=ANNA)

    @staticmethod
    async def _dies(search: Neighbourhood) -> int:
        """Run search until it ends itself, and tell with which code."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.search.victim"),
            cwd=ROOT,
            env=search.service._environment(search.service.settings),
        )
        try:
            return await asyncio.wait_for(process.wait(), 40)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


class TestMissingParts:
    async def test_search_goes_on_with_one_leg_and_heals(
        self, search: Neighbourhood, others: Neighbours, postgres: Postgres
    ) -> None:
        cells = others.write("Cells")
        async with search.service.running():
            await others.say(others.cut(cells, 1, "The cell divides."))
            await until(lambda: len(others.heard) == 1)

            others.model = "another"
            answer = await others.find("a cell under another model")
            assert (answer.mode, answer.degraded, answer.total) == (SearchMode.TEXT, True, 1)

            others.model = "bag-of-words"
            postgres.held.kill()
            try:
                answer = await others.find("the cell", SearchMode.SEMANTIC)
                assert (answer.mode, answer.degraded, answer.total) == (SearchMode.TEXT, True, 1)
            finally:
                postgres.held.start()

            await until_found(lambda: self._is_whole(others))

    async def test_a_text_index_that_was_lost_is_filled_again(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        cells, gone = others.write("Cells"), others.write("Gone")
        async with search.service.running():
            await others.say(others.cut(cells, 1, "The cell divides."))
            await others.say(others.cut(gone, 1, "A cell no more."))
            await others.say(others.delete(gone))
            await until_found(others.idle)
        shutil.rmtree(search.data)

        async with search.service.running():
            await until_found(lambda: self._finds(others, ["The cell divides."]))

    async def test_a_second_replica_says_why_it_ends(self, search: Neighbourhood) -> None:
        async with search.service.running():
            told = search.service._environment(search.service.settings | {"http_port": "0"})
            second = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "services.search"),
                cwd=ROOT,
                env=told,
                stderr=asyncio.subprocess.PIPE,
            )
            _, said = await second.communicate()

        assert second.returncode == BadSettings.exit_code
        assert "the embedded text index allows one replica of search" in said.decode()

    @staticmethod
    async def _is_whole(others: Neighbours) -> bool:
        return not (await others.find("cell")).degraded

    @staticmethod
    async def _finds(others: Neighbours, texts: list[str]) -> bool:
        return await others.texts("cell") == texts


def _news(others: Neighbours, documents: int) -> tuple[list[str], list[UUID], list[Event]]:
    """Three readings of each, edits, repeats, and of half of them the end, in one great muddle."""
    choose = random.Random(11)  # noqa: S311
    kept: list[str] = []
    gone: list[UUID] = []
    news: list[Event] = []
    for number in range(documents):
        document = others.write(f"title {number}")
        texts = [f"reading {version} of number{number}" for version in (1, 2, 3)]
        readings = [others.cut(document, version, text) for version, text in enumerate(texts, 1)]
        edited = DocumentEdited(document_id=document, owner_id=ANNA)
        news += [*readings, *readings[:2], edited, edited]
        if number % 2:
            news += [others.delete(document)] * 2
            gone.append(document)
        else:
            kept.append(texts[-1])
    choose.shuffle(news)
    return kept, gone, news


async def _written(search: Neighbourhood) -> tuple[int, int]:
    """Count the passages in both indexes, while search is not running."""
    text = EmbeddedTextIndex.open(search.data / "search" / "text" / "edition-0")
    found = await text.find(Question.parse("cell"), Scope(ANNA), most=10)
    text.close()
    vectors = await PgVectorIndex.connect(search.service.database_url)
    near = await vectors.nearest(Vector(MODEL, bytes(4 * 384)), Scope(ANNA), most=10)
    await vectors.close()
    return found.total, len(near)
