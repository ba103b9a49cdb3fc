"""A rebuild on real servers: same answers before, during and after, whoever is killed meanwhile."""

import asyncio
import random

import asyncpg

from contracts.document import DocumentEdited
from contracts.search import SearchMode
from services.search.model.passage import Kind
from tests import opensearch
from tests.integration.search.neighbours import MODEL, SMALLER, Neighbourhood, Neighbours
from tests.unit.search.examples import ANNA
from tests.waiting import until, until_found

WORDS = "cell wall root leaf stone river light sugar water plant".split()  # noqa: SIM905
PATIENCE = 90.0
FOLDERS = set() if opensearch.told() else {"edition-1"}

Answers = list[tuple[str, list[tuple[str, str, float]]]]


async def fill(others: Neighbours, documents: int) -> None:
    """Write documents of random words, and wait until search has them."""
    choose = random.Random(3)  # noqa: S311
    before = len(others.heard)
    for number in range(documents):
        document = others.write(f"title {number}", tags=["odd" if number % 2 else "even"])
        texts = [" ".join(choose.choices(WORDS, k=9)) for _ in range(4)]
        await others.say(others.cut(document, 1, *texts))
    await until(lambda: len(others.heard) == before + documents, within=PATIENCE)


async def answers(others: Neighbours) -> Answers:
    """Ask many questions in every mode, and keep what is shown, with its place and score."""
    asked = [f"{one} {other} " for one in WORDS[:5] for other in WORDS[5:8]]
    found: Answers = []
    for mode in SearchMode:
        for question in asked:
            answer = await others.find(question, mode)
            assert not answer.degraded
            shown = [(hit.text, hit.title, round(hit.score, 5)) for hit in answer.results]
            found.append((f"{mode} {question} {answer.total}", shown))
    return found


async def schemas(search: Neighbourhood) -> set[str]:
    """Name the schemas of vectors that there are."""
    connection = await asyncpg.connect(search.service.database_url.replace("+asyncpg", ""))
    try:
        found = await connection.fetch(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'edition%'"
        )
        return {row["nspname"] for row in found}
    finally:
        await connection.close()


def folders(search: Neighbourhood) -> set[str]:
    """Name the folders of text indexes that there are."""
    return {path.name for path in (search.data / "search" / "text").glob("edition-*")}


class TestRebuild:
    async def test_answers_are_the_same_and_the_old_indexes_go(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        async with search.service.running():
            await fill(others, 12)
            before = await answers(others)

            assert (await others.rebuild()).generation == 1
            assert await answers(others) == before
            await until_found(others.is_rebuilt, within=PATIENCE)

            assert await answers(others) == before
            await until_found(lambda: self._is_tidy(search), within=PATIENCE)
        assert folders(search) == FOLDERS

    async def test_a_kill_in_the_middle_and_news_meanwhile_end_well(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        async with search.service.running() as first:
            await fill(others, 12)
            others.silent = True
            await others.rebuild()
            gone, edited, *_ = list(others.documents)
            await others.say(others.delete(gone))
            others.edit(edited, title="another title")
            await others.say(DocumentEdited(document_id=edited, owner_id=ANNA))
            late = others.write("late", tags=["even"])
            await others.say(others.cut(late, 1, "cell wall of a late plant"))
            await until(lambda: len(others.heard) == 14, within=PATIENCE)
            others.silent = False
            await until_found(lambda: self._has_begun(others), within=PATIENCE)
            first.kill()
            await first.wait()
        async with search.service.running():
            await until_found(others.is_rebuilt, within=PATIENCE)
            await until_found(others.idle, within=PATIENCE)
            after = await answers(others)

        titles = {title for _, shown in after for _, title, _ in shown}
        assert {"another title", "late"} <= titles
        assert not titles & {"title 0", "title 1"}
        assert others.heard[-1] not in others.heard[:-1]

    async def test_what_its_owner_knows_and_no_stream_holds_is_found_afterwards(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        async with search.service.running():
            await fill(others, 6)
            before = await others.texts("cell wall")
            others.cut(others.write("untold"), 1, "a moth that nobody told of")
            assert await others.texts("moth") == []

            await others.rebuild()
            await until_found(others.is_rebuilt, within=PATIENCE)

            for mode in SearchMode:
                assert "a moth that nobody told of" in await others.texts("moth", mode)
            assert await others.texts("cell wall") == before != []

    async def test_searches_without_pause_see_one_set_of_answers_from_start_to_switch(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        rounds: list[Answers] = []

        enough = asyncio.Event()  # a cancellation that comes with an answer would be lost

        async def ask_without_pause() -> None:
            while not enough.is_set():
                rounds.append(await answers(others))

        async with search.service.running():
            await fill(others, 12)
            before = await answers(others)
            async with asyncio.TaskGroup() as group:
                group.create_task(ask_without_pause())
                await until(lambda: len(rounds) > 0, within=PATIENCE)
                others.silent = True
                await others.rebuild()
                so_far = len(rounds)
                await until(lambda: len(rounds) > so_far + 1, within=PATIENCE)
                others.silent = False
                await until_found(lambda: self._is_tidy(search), within=PATIENCE)
                so_far = len(rounds)
                await until(lambda: len(rounds) > so_far + 1, within=PATIENCE)
                enough.set()

        assert all(one == before for one in rounds)

    @staticmethod
    async def _has_begun(others: Neighbours) -> bool:
        return (await others.rebuilt()).handled > 0

    @staticmethod
    async def _is_tidy(search: Neighbourhood) -> bool:
        return await schemas(search) == {"edition_1"} and folders(search) == FOLDERS


class TestModels:
    async def test_a_new_model_of_another_length_takes_over_while_the_former_answers(
        self, search: Neighbourhood, others: Neighbours
    ) -> None:
        async with search.service.running():
            await fill(others, 6)
            before = await others.texts("cell wall", SearchMode.SEMANTIC)

            others.silent = True
            others.model, others.former = SMALLER, (MODEL,)
            await others.rebuild()
            late = others.write("late")
            await others.say(others.cut(late, 1, "cell wall of a late plant"))
            await until(lambda: len(others.heard) == 7, within=PATIENCE)
            assert await others.texts("cell wall", SearchMode.SEMANTIC) == before
            assert "cell wall of a late plant" in await others.texts("late plant")
            others.silent = False
            await until_found(others.is_rebuilt, within=PATIENCE)

            others.former = ()
            expected = sorted([*before, "cell wall of a late plant"])
            await until_found(lambda: self._finds(others, expected), within=PATIENCE)
            assert not (await others.find("cell wall", SearchMode.SEMANTIC)).degraded

        assert await self._served(search) == Kind(SMALLER, 96)

    @staticmethod
    async def _finds(others: Neighbours, expected: list[str]) -> bool:
        return await others.texts("cell wall", SearchMode.SEMANTIC) == expected

    @staticmethod
    async def _served(search: Neighbourhood) -> Kind:
        connection = await asyncpg.connect(search.service.database_url.replace("+asyncpg", ""))
        try:
            row = await connection.fetchrow(
                "SELECT model, dimensions FROM editions WHERE stage = 'served'"
            )
            return Kind(row["model"], row["dimensions"])
        finally:
            await connection.close()
