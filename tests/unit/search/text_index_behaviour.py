"""What every text index promises."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from services.search.model.passage import Description, Scope
from services.search.ports import TextIndex
from tests.unit.search.examples import ANNA, BERT, about, asked, passages
from tests.unit.search.question_behaviour import QuestionBehaviour

ALL_OF_ANNA = Scope(ANNA)


class TextIndexBehaviour(QuestionBehaviour):
    """Inherit, provide `index`, and be held to it."""

    async def test_a_word_finds_the_passages_that_have_it(self, index: TextIndex) -> None:
        cells = about()
        await index.put(cells, passages(cells, "The cell divides.", "Plants grow.", "A cell wall."))

        found = await index.find(asked("cell"), ALL_OF_ANNA, most=10)

        assert {hit.passage.text for hit in found.hits} == {"The cell divides.", "A cell wall."}
        assert found.total == 2

    async def test_a_hit_carries_all_that_is_shown_of_it(self, index: TextIndex) -> None:
        cells = about(title="Bücher & <Zellen>", tags=["bio"], collection=uuid4())
        (passage,) = passages(cells, "The cell divides.")
        await index.put(cells, [replace(passage, heading="1 Cells")])

        found = await index.find(asked("cell"), ALL_OF_ANNA, most=10)

        assert [(hit.about, hit.passage) for hit in found.hits] == [
            (cells, replace(passage, heading="1 Cells"))
        ]

    async def test_a_word_finds_its_other_english_forms(self, index: TextIndex) -> None:
        cells = about()
        await index.put(cells, passages(cells, "Cells divided.", "A stone."))

        found = await index.find(asked("dividing"), ALL_OF_ANNA, most=10)

        assert [hit.passage.text for hit in found.hits] == ["Cells divided."]

    async def test_the_very_word_comes_before_its_other_forms(self, index: TextIndex) -> None:
        schools = about()
        await index.put(schools, passages(schools, "the universe today", "the university today"))

        found = await index.find(asked("university"), ALL_OF_ANNA, most=10)

        assert found.hits[0].passage.text == "the university today"

    @pytest.mark.parametrize(
        ("typed", "text"),
        [
            ("häuser", "Die Häuser der Großstadt sind hoch."),
            ("hauser", "Die Häuser der Großstadt sind hoch."),
            ("GROSSSTADT", "Die Häuser der Großstadt sind hoch."),
            ("Ha\u0308user", "Die Häuser der Großstadt sind hoch."),
            ("amour", "C'est l'amour qui gagne."),
            ("клетка", "Живая клетка делится."),
            ("κύτταρο", "Το ΚΎΤΤΑΡΟ διαιρείται."),  # noqa: RUF001
            ("细胞", "植物细胞有细胞壁。"),
            ("細胞", "植物の細胞には細胞壁がある。"),
            ("세포", "식물 세포 분열"),
            ("कोशिका", "पादप कोशिका विभाजन"),
            ("fine", "a ﬁne ligature"),
            ("e-mail", "write an e-mail soon"),
            ("don't", "we don\u2019t know"),
            ("3.14", "pi is 3.14 or so"),
        ],
    )
    async def test_other_languages_are_found_by_their_exact_words(
        self, index: TextIndex, typed: str, text: str
    ) -> None:
        book = about()
        await index.put(book, passages(book, text, "something else", "不同的句子"))

        found = await index.find(asked(typed), ALL_OF_ANNA, most=10)

        assert [hit.passage.text for hit in found.hits] == [text]

    async def test_a_phrase_finds_only_neighbours_in_order(self, index: TextIndex) -> None:
        cells = about()
        await index.put(
            cells, passages(cells, "the cell wall stands", "a wall round the cell", "cell walls")
        )

        found = await index.find(asked('"cell wall"'), ALL_OF_ANNA, most=10)

        assert [hit.passage.text for hit in found.hits] == ["the cell wall stands"]
        assert found.total == 1

    async def test_a_word_after_a_minus_is_left_out(self, index: TextIndex) -> None:
        cells = about()
        await index.put(cells, passages(cells, "plant cell", "animal cell"))

        found = await index.find(asked("cell -plant"), ALL_OF_ANNA, most=10)

        assert [hit.passage.text for hit in found.hits] == ["animal cell"]
        assert found.total == 1

    @pytest.mark.parametrize(
        "typed",
        [
            *'"(-+\\{🙂',
            '""',
            "a AND",
            "title:",
            "^~*?",
            "[1 TO",
            "--x",
            'x "y',
            "a\0b",
            "/re(/",
            "*:*",
            "NOT",
            "cell^",
            'owner:"x"',
            "\ud800",
            "a " * 1000,
            "-cell",
            '-"cell"',
            "cell",
        ],
    )
    async def test_whatever_is_typed_is_no_error(self, index: TextIndex, typed: str) -> None:
        cells = about()
        await index.put(cells, passages(cells, "plant cell"))

        found = await index.find(asked(typed), ALL_OF_ANNA, most=10)

        assert found.total == len(found.hits) <= 1

    async def test_nobody_sees_the_passages_of_another(self, index: TextIndex) -> None:
        mine, theirs = about(ANNA), about(BERT)
        await index.put(mine, passages(mine, "my cell"))
        await index.put(theirs, passages(theirs, "their cell canary"))

        seen = await index.find(asked("cell"), ALL_OF_ANNA, most=10)
        sought = await index.find(asked("canary"), ALL_OF_ANNA, most=10)
        through_its_id = await index.find(
            asked("cell"), Scope(ANNA, document_id=theirs.document_id), most=10
        )

        assert ([hit.passage.text for hit in seen.hits], seen.total) == (["my cell"], 1)
        assert (sought.hits, sought.total) == ([], 0)
        assert (through_its_id.hits, through_its_id.total) == ([], 0)

    async def test_filters_narrow_hits_and_total(self, index: TextIndex) -> None:
        shelf = uuid4()
        first, second = about(tags=["bio", "exam 1"], collection=shelf), about(tags=["bio"])
        await index.put(first, passages(first, "one cell"))
        await index.put(second, passages(second, "two cell", "three cell"))

        async def texts(scope: Scope) -> tuple[set[str], int]:
            found = await index.find(asked("cell"), scope, most=10)
            return {hit.passage.text for hit in found.hits}, found.total

        assert await texts(Scope(ANNA, tag="exam 1")) == ({"one cell"}, 1)
        assert await texts(Scope(ANNA, tag="bio")) == ({"one cell", "two cell", "three cell"}, 3)
        assert await texts(Scope(ANNA, tag="BIO")) == (set(), 0)
        assert await texts(Scope(ANNA, collection_id=shelf)) == ({"one cell"}, 1)
        assert await texts(Scope(ANNA, second.document_id)) == ({"two cell", "three cell"}, 2)
        assert await texts(Scope(ANNA, second.document_id, tag="exam 1")) == (set(), 0)

    async def test_a_newer_reading_takes_the_place_of_the_older(self, index: TextIndex) -> None:
        old = about()
        new = about(document=old.document_id, version=2)
        await index.put(old, passages(old, "old cell", "old wall", "old cell again"))

        await index.put(new, passages(new, "new cell"))

        found = await index.find(asked("old new cell wall"), ALL_OF_ANNA, most=10)
        assert [(hit.passage.text, hit.about.version) for hit in found.hits] == [("new cell", 2)]
        assert found.total == 1

    async def test_many_may_write_at_once(self, index: TextIndex) -> None:
        readings = [about() for _ in range(20)]

        await asyncio.gather(
            *(index.put(reading, passages(reading, "one cell")) for reading in readings)
        )

        assert (await index.find(asked("cell"), ALL_OF_ANNA, most=50)).total == 20

    async def test_writing_twice_counts_once(self, index: TextIndex) -> None:
        cells = about()
        (passage,) = passages(cells, "one cell")

        await index.put(cells, [passage, passage])
        await index.put(cells, [passage])

        found = await index.find(asked("cell"), ALL_OF_ANNA, most=10)
        assert (len(found.hits), found.total) == (1, 1)

    async def test_a_new_description_keeps_the_passages(self, index: TextIndex) -> None:
        before = about(title="Draft", tags=["old"])
        await index.put(before, passages(before, "one cell", "two cell"))

        after = replace(before, description=Description("Final", ("new",)))
        await index.describe(after)

        found = await index.find(asked("cell"), Scope(ANNA, tag="new"), most=10)
        assert {hit.passage.text for hit in found.hits} == {"one cell", "two cell"}
        assert {hit.about.description.title for hit in found.hits} == {"Final"}
        assert (await index.find(asked("cell"), Scope(ANNA, tag="old"), most=10)).total == 0

    async def test_describing_what_is_not_there_adds_nothing(self, index: TextIndex) -> None:
        await index.describe(about(title="cell"))

        assert (await index.find(asked("cell"), ALL_OF_ANNA, most=10)).total == 0

    async def test_a_forgotten_document_is_found_no_more(self, index: TextIndex) -> None:
        mine, other = about(), about()
        await index.put(mine, passages(mine, "one cell"))
        await index.put(other, passages(other, "two cell"))

        both = [mine.document_id, other.document_id]
        assert await index.holding([*both, uuid4()]) == set(both)
        await index.forget(mine.document_id)
        await index.forget(mine.document_id)
        await index.forget(uuid4())
        assert await index.holding(both) == {other.document_id}

        found = await index.find(asked("cell"), ALL_OF_ANNA, most=10)
        assert ([hit.passage.text for hit in found.hits], found.total) == (["two cell"], 1)

    async def test_equals_stay_in_one_order_whatever_is_asked(self, index: TextIndex) -> None:
        readings = [about(title="") for _ in range(8)]
        for reading in readings:
            await index.put(reading, passages(reading, *["one cell here"] * 5))
        whole = await index.find(asked("cell"), ALL_OF_ANNA, most=40)

        for reading in reversed(readings):
            await index.put(reading, passages(reading, *["one cell here"] * 5))
        few = await index.find(asked("cell"), ALL_OF_ANNA, most=7)

        order = [hit.passage.id for hit in whole.hits]
        assert len(order) == 40
        assert [hit.passage.id for hit in few.hits] == order[:7]
        assert few.total == 40
        first = [hit.passage.ordinal for hit in whole.hits[:5]]
        assert first == [0, 1, 2, 3, 4]

    async def test_little_words_alone_are_looked_for(self, index: TextIndex) -> None:
        band = about()
        await index.put(band, passages(band, "the who played", "others played"))

        alone = await index.find(asked("the who"), ALL_OF_ANNA, most=10)
        beside = await index.find(asked("the others"), ALL_OF_ANNA, most=10)

        assert [hit.passage.text for hit in alone.hits] == ["the who played"]
        assert [hit.passage.text for hit in beside.hits] == ["others played"]
