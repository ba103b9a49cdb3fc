"""An index that is lost under running search is noticed, refused, and rebuilt by itself."""

import shutil

import asyncpg
import pytest

from contracts.search import SearchMode
from tests import opensearch
from tests.integration.search.neighbours import Neighbourhood, Neighbours
from tests.waiting import until, until_found

PATIENCE = 60.0
TEXTS = [f"cell number{number}" for number in range(6)]
LOSSES = {
    "its schema is dropped": "DROP SCHEMA edition_0 CASCADE",
    "a table is emptied": "TRUNCATE edition_0.vectors",
}


async def fill(others: Neighbours) -> None:
    for number, text in enumerate(TEXTS):
        document = others.write(f"title {number}")
        await others.say(others.cut(document, 1, text))
    await until(lambda: len(others.heard) == len(TEXTS), within=PATIENCE)


async def answers_whole(others: Neighbours) -> bool:
    """Say whether every mode finds everything, each with its own leg."""
    for mode in SearchMode:
        answer = await others.find("cell ", mode)
        found = sorted(hit.text for hit in answer.results if hit.text in TEXTS)
        if answer.degraded or found != TEXTS:
            return False
    return True


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
async def test_lost_vectors_are_rebuilt_while_words_answer(
    search: Neighbourhood, others: Neighbours, loss: str
) -> None:
    async with search.service.running():
        await fill(others)
        others.silent = True
        connection = await asyncpg.connect(search.service.database_url.replace("+asyncpg", ""))
        await connection.execute(loss)
        await connection.close()

        await until_found(lambda: _has_begun(others), within=PATIENCE)
        answer = await others.find("cell ", SearchMode.SEMANTIC)
        assert (answer.mode, answer.degraded) == (SearchMode.TEXT, True)
        assert sorted(hit.text for hit in answer.results) == TEXTS
        late = others.write("late")
        await others.say(others.cut(late, 1, "a stone"))
        await until(lambda: len(others.heard) == len(TEXTS) + 1, within=PATIENCE)

        others.silent = False
        await until_found(lambda: answers_whole(others), within=PATIENCE)


@pytest.mark.skipif(bool(opensearch.told()), reason="the words are not in a folder")
async def test_lost_words_are_rebuilt_while_meanings_answer(
    search: Neighbourhood, others: Neighbours
) -> None:
    async with search.service.running():
        await fill(others)
        others.silent = True
        shutil.rmtree(search.data / "search" / "text" / "edition-0")

        await until_found(lambda: _has_begun(others), within=PATIENCE)
        answer = await others.find("cell ", SearchMode.TEXT)
        assert (answer.mode, answer.degraded) == (SearchMode.SEMANTIC, True)
        assert sorted(hit.text for hit in answer.results) == TEXTS

        others.silent = False
        await until_found(lambda: answers_whole(others), within=PATIENCE)


async def _has_begun(others: Neighbours) -> bool:
    return (await others.rebuilt()).generation > 0
