"""What every text index makes of a question: its syntax, its slips, and whose words weigh."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.search.model.passage import About, Scope
from services.search.ports import TextIndex
from tests.unit.search.examples import ANNA, BERT, about, asked, passages


async def keep(
    index: TextIndex, *texts: str, title: str = "", owner: UUID = ANNA, heading: str = ""
) -> About:
    """Put a document into the index."""
    reading = about(owner, title=title)
    whole = [replace(one, heading=heading or None) for one in passages(reading, *texts)]
    await index.put(reading, whole)
    return reading


async def found(index: TextIndex, typed: str) -> list[str]:
    """Find, best first, and see that the count agrees."""
    answer = await index.find(asked(typed), Scope(ANNA), most=50)
    assert answer.total == len(answer.hits)
    return [hit.passage.text for hit in answer.hits]


class QuestionBehaviour:
    """Inherit, provide `index`, and be held to it."""

    async def test_a_title_is_asked_for_alone(self, index: TextIndex) -> None:
        await keep(index, "leaves", "roots of botany", title="Botany of meadows")
        await keep(index, "botany in the text", title="Meadows")

        assert await found(index, "title:botany ") == ["leaves", "roots of botany"]
        assert await found(index, "title:meadow* roots ") == ["roots of botany"]
        assert await found(index, 'title:"botany of meadows"') == ["leaves", "roots of botany"]
        assert await found(index, 'title:"meadows of botany"') == []
        assert await found(index, "text -title:botany") == ["botany in the text"]

    async def test_a_word_of_the_title_finds_the_beginning(self, index: TextIndex) -> None:
        await keep(index, "one", "two", title="Zoology")

        assert await found(index, "zoology ") == ["one"]

    async def test_a_heading_finds_where_its_section_begins(self, index: TextIndex) -> None:
        reading = about(title="")
        headings = (None, "Seas", "Seas", "Seas \u203a Whales", "Seas \u203a Sharks")
        texts = ("one", "two", "three", "four", "five")
        whole = zip(passages(reading, *texts), headings, strict=True)
        await index.put(reading, [replace(one, heading=heading) for one, heading in whole])

        assert await found(index, "seas ") == ["two"]
        assert await found(index, "sharks ") == ["five"]

    async def test_title_and_heading_lift_what_has_the_word(self, index: TextIndex) -> None:
        await keep(index, "start", "the cell divides", title="Baking", heading="Ovens")
        await keep(index, "start", "this cell divides", title="Cell", heading="Ovens")
        await keep(index, "start", "some cell divides", title="Baking", heading="Cells")

        best = (await found(index, "cell "))[:3]

        assert set(best[:2]) == {"this cell divides", "some cell divides"}
        assert best[2] == "the cell divides"

    async def test_a_beginning_finds_what_goes_on(self, index: TextIndex) -> None:
        await keep(index, "photosynthesis feeds plants", "a photograph", "stones")

        assert await found(index, "photosyn") == ["photosynthesis feeds plants"]
        assert await found(index, "PHOTOSYN*") == ["photosynthesis feeds plants"]
        assert set(await found(index, "photo* ")) == {"photosynthesis feeds plants", "a photograph"}
        assert await found(index, "photosyn ") == []
        assert await found(index, "-photo*") == ["stones"]

    async def test_a_title_may_be_only_begun(self, index: TextIndex) -> None:
        await keep(index, "leaves", title="Photosynthesis")

        assert await found(index, "photosyn") == ["leaves"]
        assert await found(index, "title:photosyn") == ["leaves"]

    async def test_the_whole_word_comes_before_what_begins_so(self, index: TextIndex) -> None:
        await keep(index, "catalogue catalogue catalogue", "one cat among many other animals here")

        assert (await found(index, "cat"))[0] == "one cat among many other animals here"

    @pytest.mark.parametrize(
        "typed",
        [
            "photosinthesis",
            "photosynthsis",
            "photosynthesiss",
            "photosynhtesis",
            "hpotosynthesis",
            "photosintesis",
            "pohtosynthesys",
            "FOTOSYNTHESIS",
            "photosinthesis in leaves",
        ],
    )
    async def test_a_slip_is_forgiven(self, index: TextIndex, typed: str) -> None:
        await keep(index, "Photosynthesis feeds plants.", "Stones eat nothing.")

        assert await found(index, typed) == ["Photosynthesis feeds plants."]

    @pytest.mark.parametrize("typed", ["cta", "sell ", "fotosintesys", "room 102", "abcd1 "])
    async def test_what_is_short_or_far_or_has_digits_is_not(
        self, index: TextIndex, typed: str
    ) -> None:
        await keep(index, "photosynthesis: a cat, 101, abcd2, pull")

        assert await found(index, typed) == []

    async def test_a_word_that_is_there_is_taken_as_it_is(self, index: TextIndex) -> None:
        await keep(index, "an affect", "an effect")

        answer = await index.find(asked("affect "), Scope(ANNA), most=10)

        assert [hit.passage.text for hit in answer.hits] == ["an affect"]
        assert answer.corrected == frozenset()

    async def test_it_says_what_a_mistyped_word_was_taken_for(self, index: TextIndex) -> None:
        await keep(index, "many universities")

        answer = await index.find(asked("univresities "), Scope(ANNA), most=10)

        assert answer.corrected == {"universiti"}

    async def test_what_has_the_word_comes_before_what_has_a_corrected_one(
        self, index: TextIndex
    ) -> None:
        await keep(
            index, "leaf leaf leaf", "a chloroplast in some other long sentence about things"
        )

        assert (await found(index, "chloroplast lief "))[0].startswith("a chloroplast")

    async def test_the_words_of_others_correct_nothing(self, index: TextIndex) -> None:
        await keep(index, "photosynthesis")
        await keep(index, "photosinthesis", "secretword", owner=BERT)

        assert await found(index, "photosinthesis ") == ["photosynthesis"]
        answer = await index.find(asked("secretwird "), Scope(ANNA), most=10)
        assert (answer.hits, answer.corrected) == ([], frozenset())

    async def test_a_deleted_word_is_there_no_more(self, index: TextIndex) -> None:
        gone = await keep(index, "photosinthesis")
        await keep(index, "photosynthesis")

        await index.forget(gone.document_id)

        assert await found(index, "photosinthesis ") == ["photosynthesis"]

    async def test_only_what_is_unwanted_finds_all_else_in_order(self, index: TextIndex) -> None:
        reading = await keep(index, "plants", "a plant", "stones", "a wall")

        assert await found(index, "-plant") == ["plants", "stones", "a wall"]
        assert await found(index, '-"a plant" -stones') == ["plants", "a wall"]
        few = await index.find(asked("-plant"), Scope(ANNA, reading.document_id), most=2)
        assert ([hit.passage.text for hit in few.hits], few.total) == (["plants", "stones"], 3)

    async def test_the_unwanted_may_not_be_shown_at_all(self, index: TextIndex) -> None:
        await keep(index, "cell one", title="Drafts and plans")
        await keep(index, "cell two", heading="Old drafts")
        await keep(index, "cell three")

        assert await found(index, "cell -drafts") == ["cell three"]

    async def test_beside_a_phrase_words_only_order(self, index: TextIndex) -> None:
        await keep(index, "a cell wall", "the cell wall of plants", "plants")

        assert await found(index, '"cell wall" plants ') == [
            "the cell wall of plants",
            "a cell wall",
        ]

    async def test_a_long_question_is_answered(self, index: TextIndex) -> None:
        await keep(index, "needle", "stones")
        hay = " ".join(f"hay{letter}{other}" for letter in "abcdefgh" for other in "abcdefghij")

        assert await found(index, f"needle {hay} "[:2_000]) == ["needle"]

    async def test_what_others_wrote_does_not_weigh(self, index: TextIndex) -> None:
        await keep(index, "rare here", *(["often here"] * 6))
        before = await found(index, "rare often ")

        await keep(index, *(f"rare {number}" for number in range(300)), owner=BERT)

        assert before[0] == "rare here"
        assert await found(index, "rare often ") == before

    async def test_what_others_deleted_does_not_weigh(self, index: TextIndex) -> None:
        await keep(index, "rare often", *(["often"] * 6), "rare", *(["other"] * 9))
        before = await index.find(asked("rare often "), Scope(ANNA), most=50)

        theirs = [await keep(index, *(["often"] * 40), owner=BERT) for _ in range(3)]
        for document in theirs:
            await index.forget(document.document_id)

        after = await index.find(asked("rare often "), Scope(ANNA), most=50)
        assert [hit.passage.text for hit in after.hits] == [hit.passage.text for hit in before.hits]
