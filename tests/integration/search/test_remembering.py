"""What search remembers of questions outlives it, and nobody's search needs it."""

from contracts.search import SearchMode
from tests.integration.search.neighbours import Neighbourhood
from tests.waiting import until

ASKED = "what divides?"


async def test_a_question_is_embedded_once_for_all_processes_and_without_the_cache_by_each(
    search: Neighbourhood,
) -> None:
    others = search.neighbours
    cells = others.write("Cells")
    found = []

    async def ask() -> int:
        answer = await others.find(ASKED, SearchMode.SEMANTIC)
        found.append((answer.mode, answer.degraded, [hit.text for hit in answer.results]))
        return others.embedded.count(ASKED)

    async with search.service.running():
        await others.say(others.cut(cells, 1, "The cell divides."))
        await until(lambda: len(others.heard) == 1)
        asked_by_first = await ask()
    async with search.service.running():
        asked_by_second = await ask()
        await others.bus.jetstream.delete_stream("KV_query-vectors")
        asked_again = await ask()
    async with search.service.running():
        asked_without_cache = await ask()

    assert (asked_by_first, asked_by_second, asked_again, asked_without_cache) == (1, 1, 1, 2)
    assert found == [(SearchMode.SEMANTIC, False, ["The cell divides."])] * 4
