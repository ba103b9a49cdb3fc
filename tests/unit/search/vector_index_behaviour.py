"""What every vector index promises."""

from dataclasses import replace
from uuid import uuid4

import pytest

from services.search.model.passage import Description, OtherModel, Scope
from services.search.ports import VectorIndex
from tests.unit.search.examples import ANNA, BERT, MODEL, about, embedded, vector

ALL_OF_ANNA = Scope(ANNA)
EAST, NORTH, WEST = vector(1, 0), vector(0, 1), vector(-1, 0)


class VectorIndexBehaviour:
    """Inherit, provide `vectors`, and be held to it."""

    async def test_the_nearest_comes_first_with_its_cosine(self, vectors: VectorIndex) -> None:
        reading = about()
        await vectors.put(reading, MODEL, embedded(reading, WEST, EAST, NORTH, vector(3, 4)))

        hits = await vectors.nearest(EAST, ALL_OF_ANNA, most=10)

        assert [hit.passage.ordinal for hit in hits] == [1, 3, 2, 0]
        assert [hit.score for hit in hits] == pytest.approx([1, 0.6, 0, -1], abs=1e-6)

    async def test_a_hit_carries_all_that_is_shown_of_it(self, vectors: VectorIndex) -> None:
        reading = about(title="Bücher & <Zellen>", tags=["bio", "b"], collection=uuid4())
        (one,) = embedded(reading, EAST)
        one = replace(one, passage=replace(one.passage, heading="1 Cells"))
        await vectors.put(reading, MODEL, [one])

        (hit,) = await vectors.nearest(EAST, ALL_OF_ANNA, most=10)

        assert (hit.about, hit.passage) == (reading, one.passage)

    async def test_nobody_sees_the_passages_of_another(self, vectors: VectorIndex) -> None:
        mine, theirs = about(ANNA), about(BERT)
        await vectors.put(mine, MODEL, embedded(mine, WEST))
        await vectors.put(theirs, MODEL, embedded(theirs, EAST))

        seen = await vectors.nearest(EAST, ALL_OF_ANNA, most=10)
        through_its_id = await vectors.nearest(EAST, Scope(ANNA, theirs.document_id), most=10)

        assert [hit.about.document_id for hit in seen] == [mine.document_id]
        assert through_its_id == []

    async def test_filters_narrow_the_hits(self, vectors: VectorIndex) -> None:
        shelf = uuid4()
        first, second = about(tags=["bio", "exam 1"], collection=shelf), about(tags=["bio"])
        await vectors.put(first, MODEL, embedded(first, EAST))
        await vectors.put(second, MODEL, embedded(second, EAST, NORTH))

        async def count(scope: Scope) -> int:
            return len(await vectors.nearest(EAST, scope, most=10))

        assert await count(Scope(ANNA, tag="exam 1")) == 1
        assert await count(Scope(ANNA, tag="bio")) == 3
        assert await count(Scope(ANNA, tag="BIO")) == 0
        assert await count(Scope(ANNA, collection_id=shelf)) == 1
        assert await count(Scope(ANNA, second.document_id)) == 2
        assert await count(Scope(ANNA, second.document_id, tag="exam 1")) == 0

    async def test_a_tag_that_nothing_can_carry_finds_nothing(self, vectors: VectorIndex) -> None:
        reading = about(tags=["bio"])
        await vectors.put(reading, MODEL, embedded(reading, EAST))

        assert await vectors.nearest(EAST, Scope(ANNA, tag="bi\ufffdo"), most=10) == []

    async def test_a_newer_reading_takes_the_place_of_the_older(self, vectors: VectorIndex) -> None:
        old = about()
        new = about(document=old.document_id, version=2)
        await vectors.put(old, MODEL, embedded(old, EAST, NORTH, WEST))

        await vectors.put(new, MODEL, embedded(new, EAST))

        hits = await vectors.nearest(EAST, ALL_OF_ANNA, most=10)
        assert [hit.about.version for hit in hits] == [2]

    async def test_a_document_may_have_no_passages(self, vectors: VectorIndex) -> None:
        await vectors.put(about(), MODEL, [])

        assert await vectors.nearest(EAST, ALL_OF_ANNA, most=10) == []

    async def test_writing_twice_counts_once(self, vectors: VectorIndex) -> None:
        reading = about()
        (one,) = embedded(reading, EAST)

        await vectors.put(reading, MODEL, [one, one])
        await vectors.put(reading, MODEL, [one])

        assert len(await vectors.nearest(EAST, ALL_OF_ANNA, most=10)) == 1

    async def test_a_new_description_keeps_the_passages(self, vectors: VectorIndex) -> None:
        before = about(title="Draft", tags=["old"])
        await vectors.put(before, MODEL, embedded(before, EAST, NORTH))

        await vectors.describe(replace(before, description=Description("Final", ("new",))))

        hits = await vectors.nearest(EAST, Scope(ANNA, tag="new"), most=10)
        assert [hit.about.description.title for hit in hits] == ["Final", "Final"]
        assert await vectors.nearest(EAST, Scope(ANNA, tag="old"), most=10) == []

    async def test_describing_what_is_not_there_adds_nothing(self, vectors: VectorIndex) -> None:
        await vectors.describe(about())

        assert await vectors.nearest(EAST, ALL_OF_ANNA, most=10) == []

    async def test_a_forgotten_document_is_found_no_more(self, vectors: VectorIndex) -> None:
        mine, other = about(), about()
        await vectors.put(mine, MODEL, embedded(mine, EAST))
        await vectors.put(other, MODEL, embedded(other, EAST))

        both = [mine.document_id, other.document_id]
        assert await vectors.holding([*both, uuid4()]) == set(both)
        await vectors.forget(mine.document_id)
        await vectors.forget(mine.document_id)
        await vectors.forget(uuid4())
        assert await vectors.holding(both) == {other.document_id}

        hits = await vectors.nearest(EAST, ALL_OF_ANNA, most=10)
        assert [hit.about.document_id for hit in hits] == [other.document_id]

    async def test_vectors_of_two_models_are_never_compared(self, vectors: VectorIndex) -> None:
        ours, others = about(), about()
        await vectors.put(ours, MODEL, embedded(ours, EAST))
        await vectors.put(others, "another", embedded(others, EAST))

        with pytest.raises(OtherModel):
            await vectors.nearest(EAST, ALL_OF_ANNA, most=10)

        assert len(await vectors.nearest(EAST, Scope(ANNA, ours.document_id), most=10)) == 1

    async def test_equals_stay_in_one_order_whatever_is_asked(self, vectors: VectorIndex) -> None:
        readings = [about() for _ in range(8)]
        for reading in readings:
            await vectors.put(reading, MODEL, embedded(reading, *[EAST] * 5))
        whole = await vectors.nearest(EAST, ALL_OF_ANNA, most=40)

        for reading in reversed(readings):
            await vectors.put(reading, MODEL, embedded(reading, *[EAST] * 5))
        few = await vectors.nearest(EAST, ALL_OF_ANNA, most=7)

        assert len(whole) == 40
        assert [hit.passage.id for hit in few] == [hit.passage.id for hit in whole[:7]]
        assert [hit.passage.ordinal for hit in whole[:5]] == [0, 1, 2, 3, 4]
