"""A learner searches as people type: phrases, minus, titles, half words, slips, and nonsense."""

from collections.abc import AsyncGenerator

import pytest

from tests.e2e.student import PATIENCE, Student, student
from tests.mesh import RunningMesh
from tests.waiting import until_found

MODES = ("hybrid", "text", "semantic")
LEAVES = b"Photosynthesis feeds a plant: the green leaf catches light and makes sugar of air."
WALLS = b"The cell wall of a plant is stiff. An animal has none, and moves instead."
BREAD = b"Yeast makes gas, and the dough rises until the oven stops it."


@pytest.fixture
async def ada(mesh: RunningMesh) -> AsyncGenerator[Student]:
    async with student(mesh.address) as ada:
        for name, content in (("leaves.txt", LEAVES), ("walls.txt", WALLS), ("bread.txt", BREAD)):
            await ada.read(name, content, title=name.removesuffix(".txt").title(), tags=name[:1])
        yield ada


async def test_what_people_type_is_understood(ada: Student) -> None:
    async def found(q: str, **more: str) -> list[str]:
        return [hit["title"] for hit in (await ada.search(q, **more))["results"]]

    for mode in MODES:
        assert await found('"cell wall"', mode=mode) == ["Walls"]
        assert await found('"wall cell"', mode=mode) == []
        without = await found("plant -animal", mode=mode)
        assert "Leaves" in without
        assert "Walls" not in without
        assert "Walls" not in await found('plant -"animal has"', mode=mode)
        assert await found('title:"bread" dough', mode=mode) == ["Bread"]
    assert await found("photosyn", mode="text") == ["Leaves"]
    assert await found("photosinthesis", mode="text") == ["Leaves"]
    assert await found("bread", mode="text") == ["Bread"]
    marked = (await ada.search("fotosynthesis suga", mode="text"))["results"][0]["snippet"]
    assert "<mark>Photosynthesis</mark>" in marked
    assert "<mark>sugar</mark>" in marked

    explained = (await ada.search("plant", explain=True))["results"][0]["explain"]
    assert explained["text"]["score"] > 0
    assert 0 < explained["semantic"]["score"] <= 1
    assert 0 < explained["fused"] <= 1


async def test_whatever_is_typed_gets_a_sensible_answer(ada: Student) -> None:
    for typed in (
        '"',
        '"open',
        "-",
        "-plant",
        "the of and",
        "🙂",
        "*:*",
        "a AND (b",
        "植物",
        "x" * 2_000,
    ):
        for mode in MODES:
            answer = await ada.search(typed, mode=mode)
            assert not answer["degraded"], (typed, mode)
            if typed == "-plant":
                assert all("plant" not in hit["text"] for hit in answer["results"])

    for typed, kind in (
        ("", "empty-query"),
        ("  ", "empty-query"),
        ("x" * 2_001, "query-too-long"),
    ):
        refused = await ada.http.get("/api/v1/search", params={"q": typed})
        assert refused.status_code == 422
        assert refused.json()["type"].endswith(f"/{kind}")
        assert refused.json()["detail"]


async def test_a_new_title_is_searched_from_then_on(ada: Student) -> None:
    (hit,) = (await ada.search("title:bread", mode="text"))["results"]
    route = f"/api/v1/documents/{hit['document_id']}"

    (await ada.http.patch(route, json={"title": "Baking for beginners"})).raise_for_status()

    async def is_renamed() -> bool:
        by_title = await ada.search("title:baking", mode="text")
        return [one["title"] for one in by_title["results"]] == ["Baking for beginners"]

    await until_found(is_renamed, within=PATIENCE)
    assert (await ada.search("title:bread"))["results"] == []
    assert (await ada.search("beginners", mode="text"))["total"] == 1
