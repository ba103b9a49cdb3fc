"""A semester's documents, put in order: collections, tags, lists, and searches through them."""

from http import HTTPStatus
from typing import Any

from tests.e2e.student import Json, Student, student
from tests.mesh import RunningMesh
from tests.waiting import until_found

COLLECTIONS = "/api/v1/collections"
DOCUMENTS = "/api/v1/documents"


def _log(word: str) -> bytes:
    return f"# Log\n\nThe keeper of the lighthouse wrote {word} into the log that night.".encode()


async def _make(ada: Student, name: str) -> Json:
    made = await ada.http.post(COLLECTIONS, json={"name": name})
    assert made.status_code == HTTPStatus.CREATED, made.text
    collection: Json = made.json()
    return collection


async def _edit(ada: Student, document: Json, **change: Any) -> Json:
    edited = await ada.http.patch(f"{DOCUMENTS}/{document['id']}", json=change)
    assert edited.status_code == HTTPStatus.OK, edited.text
    after: Json = edited.json()
    return after


async def _until_searched(ada: Student, wanted: set[str], **where: Any) -> None:
    """Wait until both legs find just these documents where they are asked to look."""

    async def finds(mode: str) -> set[str]:
        found = await ada.search("lighthouse", mode=mode, **where)
        return {one["document_id"] for one in found["results"]}

    async def finds_them() -> bool:
        return await finds("text") == wanted == await finds("semantic")

    await until_found(finds_them, within=30)


async def test_lists_and_searches_follow_collections_and_tags(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada:
        physics, art = await _make(ada, "Physics"), await _make(ada, "Art")
        first = await ada.read("a.md", _log("storm"), collection_id=physics["id"], tags="sea")
        second = await ada.read("b.md", _log("calm"))
        assert first["collection_id"] == physics["id"]

        await _until_searched(ada, {first["id"]}, collection_id=physics["id"])
        await _edit(ada, second, collection_id=physics["id"], tags=["sea", "calm"])
        await _edit(ada, first, collection_id=art["id"])

        listed = await ada.get(DOCUMENTS, collection_id=physics["id"], tag="calm", status="ready")
        assert [one["id"] for one in listed["items"]] == [second["id"]]
        assert (await ada.get(f"{COLLECTIONS}/{art['id']}"))["document_count"] == 1
        await _until_searched(ada, {second["id"]}, collection_id=physics["id"])
        await _until_searched(ada, {first["id"]}, collection_id=art["id"])
        await _until_searched(ada, {first["id"], second["id"]}, tag="sea")

        await _edit(ada, second, collection_id=None)
        assert (await ada.http.delete(f"{COLLECTIONS}/{art['id']}")).status_code == 204

        assert [one["name"] for one in (await ada.get(COLLECTIONS))["items"]] == ["Physics"]
        assert (await ada.get(f"{DOCUMENTS}/{first['id']}"))["collection_id"] is None
        await _until_searched(ada, set(), collection_id=art["id"])
        await _until_searched(ada, set(), collection_id=physics["id"])
        await _until_searched(ada, {first["id"], second["id"]})


async def test_a_collection_is_its_owners_alone(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada, student(mesh.address, "Bob") as bob:
        mine = await _make(ada, "Physics")
        route = f"{COLLECTIONS}/{mine['id']}"
        file, into = {"file": ("a.md", _log("x"))}, {"collection_id": mine["id"]}

        refused = [
            await bob.http.get(route),
            await bob.http.patch(route, json={"name": "Mine"}),
            await bob.http.delete(route),
            await bob.http.post(DOCUMENTS, files=file, data=into),
        ]

        assert [one.status_code for one in refused] == [404] * 4
        assert {one.json()["type"].rpartition("/")[2] for one in refused} == {
            "collection-not-found"
        }
        assert (await bob.get(DOCUMENTS))["items"] == []
        assert (await bob.get(DOCUMENTS, collection_id=mine["id"]))["items"] == []
        assert await ada.get(route) == mine


async def test_a_cursor_is_good_for_its_own_list_only(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada:
        for number in range(3):
            await _make(ada, f"Shelf {number}")
        cursor = (await ada.get(COLLECTIONS, limit=1))["next_cursor"]

        assert len((await ada.get(COLLECTIONS, cursor=cursor))["items"]) == 2
        for other in (DOCUMENTS, "/api/v1/quizzes", "/api/v1/notifications"):
            answer = await ada.http.get(other, params={"cursor": cursor})
            assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
            assert answer.json()["type"].endswith("/bad-cursor")


async def test_the_same_key_makes_one_collection(mesh: RunningMesh) -> None:
    async with student(mesh.address) as ada:
        key = {"Idempotency-Key": "shelf-1"}

        made = [
            await ada.http.post(COLLECTIONS, json={"name": name}, headers=key)
            for name in ("Physics", "Physics", "Art")
        ]

        assert [one.status_code for one in made] == [201, 201, 422]
        assert made[0].json() == made[1].json()
        assert made[2].json()["type"].endswith("/idempotency-key-reused")
        assert len((await ada.get(COLLECTIONS))["items"]) == 1
