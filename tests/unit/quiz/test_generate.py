"""What is asked, what is not, and that a question never gives itself away."""

from collections import Counter
from collections.abc import Sequence

import pytest

from services.quiz.generate.blocks import prose
from services.quiz.generate.maker import make
from services.quiz.generate.text import DocumentText, Heading, Page
from services.quiz.model.draft import Draft, Made, Wanted
from services.quiz.model.question import Difficulty, Type
from tests.unit.quiz.prose import STARS


def text_of(paragraphs: Sequence[str], headings: Sequence[str] = ()) -> DocumentText:
    text, found = "", []
    for paragraph in paragraphs:
        if paragraph in headings:
            found.append(Heading(level=1, title=paragraph, page=1, start=len(text)))
        text += paragraph + "\n\n"
    half = text.index("\n\n", len(text) // 2) + 2
    pages = (Page(page=1, start=0, end=half), Page(page=2, start=half, end=len(text)))
    return DocumentText(text=text, pages=pages, headings=tuple(found))


def made_of(text: DocumentText, count: int = 40, *types: Type, seed: str = "s") -> Made:
    return make(text, Wanted(count, types or tuple(Type), seed))


@pytest.fixture(scope="module")
def stars() -> DocumentText:
    return text_of(STARS)


@pytest.fixture(scope="module")
def drafts(stars: DocumentText) -> tuple[Draft, ...]:
    return made_of(stars).drafts


class TestSource:
    def test_every_question_quotes_its_text_exactly(
        self, stars: DocumentText, drafts: tuple[Draft, ...]
    ) -> None:
        assert len(drafts) >= 10
        for draft in drafts:
            assert stars.text[draft.quoted.start : draft.quoted.end] == draft.quote
            assert draft.quoted.start <= draft.fact.start < draft.fact.end <= draft.quoted.end
            assert draft.page == stars.page_at(draft.quoted.start)
            if draft.type is Type.CLOZE:
                words = stars.text[draft.fact.start : draft.fact.end]
                assert words.casefold() == draft.answer.casefold()

    def test_lines_broken_for_want_of_room_are_read_through(self) -> None:
        broken = (
            "The zenith is the point of the sky that lies exactly over\nthe head of an observer."
        )

        [draft] = made_of(DocumentText(text=f"{broken}\n"), 1, Type.CLOZE).drafts

        assert draft.quote == broken
        assert draft.stem == (
            "The _____ is the point of the sky that lies exactly over the head of an observer."
        )

    def test_a_text_of_one_paragraph_is_read_piece_by_piece(self) -> None:
        text = DocumentText(text=" ".join([*STARS] * 12))

        made = made_of(text, 40)

        assert len(made.drafts) >= 10
        assert all(text.text[one.quoted.start : one.quoted.end] == one.quote for one in made.drafts)

    def test_offsets_count_code_points(self) -> None:
        text = DocumentText(text="\U0001d11e \u00e9 \U0001f30d\n\n" + STARS[3] + "\n")

        [draft] = made_of(text, 1, Type.CLOZE).drafts

        assert text.text[draft.quoted.start : draft.quoted.end] == draft.quote == STARS[3]


class TestRepetition:
    def test_the_same_text_and_seed_make_the_same(
        self, stars: DocumentText, drafts: tuple[Draft, ...]
    ) -> None:
        assert made_of(stars).drafts == drafts

    def test_another_seed_shuffles_the_options(
        self, stars: DocumentText, drafts: tuple[Draft, ...]
    ) -> None:
        other = made_of(stars, seed="another").drafts

        assert [draft.answer for draft in other] == [draft.answer for draft in drafts]
        assert [draft.options for draft in other] != [draft.options for draft in drafts]


class TestOptions:
    def test_four_different_ones_of_which_one_is_right(self, drafts: tuple[Draft, ...]) -> None:
        for draft in drafts:
            if draft.type is Type.SINGLE:
                assert len({option.casefold() for option in draft.options}) == 4
                assert draft.options[draft.key] == draft.answer

    def test_none_gives_itself_away_by_length_or_capital(self, drafts: tuple[Draft, ...]) -> None:
        for draft in drafts:
            lengths = [len(option) for option in draft.options if draft.type is Type.SINGLE]
            if lengths:
                assert max(lengths) <= 3 * min(lengths)
                assert len({option[0].isupper() for option in draft.options}) == 1

    def test_they_are_of_the_sort_of_the_answer_or_none_is_asked(self) -> None:
        of_one_sort = {"zenith", "perihelion", "aphelion", "radiant", "vertex", "nadir"}
        made = made_of(text_of(STARS), 40, Type.SINGLE)

        offered = [set(one.options) for one in made.drafts if not one.answer.istitle()]

        assert any(options <= of_one_sort for options in offered)
        assert all(options <= of_one_sort for options in offered if options & of_one_sort)
        assert "pulsar" not in {one.answer for one in made.drafts}

    def test_initials_beside_their_words_are_not_asked_for(self) -> None:
        sentence = "RAID means Redundant Array of Independent Disks for storage in large machines."

        made = made_of(text_of([sentence, *STARS]), 40)

        assert sentence not in {draft.quote for draft in made.drafts}

    def test_an_opinion_is_no_definition(self) -> None:
        sentence = "Astrometry is an important branch of all the work done with large telescopes."

        made = made_of(text_of([sentence, *STARS]), 40)

        assert sentence not in {draft.quote for draft in made.drafts}

    def test_persons_stand_against_persons_and_years_against_years(
        self, drafts: tuple[Draft, ...]
    ) -> None:
        persons = {"Galileo Galilei", "Johannes Kepler", "Isaac Newton", "William Herschel"}
        for draft in drafts:
            if draft.type is Type.SINGLE and draft.answer in persons:
                assert set(draft.options) == persons
            if draft.type is Type.SINGLE and draft.answer.isdigit():
                assert all(option.isdigit() for option in draft.options)

    def test_the_place_of_the_right_one_is_spread(self, stars: DocumentText) -> None:
        places = Counter(
            draft.key
            for seed in range(12)
            for draft in made_of(stars, 40, Type.SINGLE, seed=str(seed)).drafts
            if not draft.answer.isdigit()
        )

        assert min(places[place] for place in range(4)) > 0.15 * places.total()

    def test_one_that_fits_as_well_is_not_offered(self) -> None:
        text = text_of(
            [
                *STARS,
                "The solstice is the moment at which the Sun stands farthest from the equator.",
                "The culmination is the moment at which a star crosses the local meridian.",
                "The conjunction is the moment at which two planets share one right ascension.",
                "The opposition is the moment at which a planet rises while night falls.",
                "Midsummer is the moment at which the Sun stands farthest from the equator.",
            ]
        )

        for draft in made_of(text, 40, Type.SINGLE).drafts:
            if draft.answer.casefold() in {"solstice", "midsummer"}:
                assert {"solstice", "midsummer"} - {option.casefold() for option in draft.options}


class TestTrueFalse:
    def test_keys_are_balanced(self, stars: DocumentText) -> None:
        drafts = made_of(stars, 40, Type.TRUE_FALSE).drafts

        keys = Counter(draft.answer for draft in drafts)

        assert abs(keys["True"] - keys["False"]) <= 2

    def test_a_true_one_is_the_sentence_and_a_false_one_is_not(self, stars: DocumentText) -> None:
        for draft in made_of(stars, 40, Type.TRUE_FALSE).drafts:
            assert (draft.stem == draft.quote) == (draft.answer == "True")


class TestCloze:
    def test_the_answer_stands_nowhere_else_in_the_question(self, stars: DocumentText) -> None:
        for draft in made_of(stars, 40, Type.CLOZE).drafts:
            assert draft.answer.casefold() not in draft.stem.casefold()
            assert draft.stem.count("_____") == 1


class TestRefused:
    @pytest.mark.parametrize(
        "paragraph",
        [
            "It is the point of the sky that lies exactly over the head of an observer.",
            "This is the point of the sky that lies exactly over the head of an observer.",
            "However, parallax is the apparent shift of a near star against distant stars.",
            "Parallax, as shown in Figure 3, is the apparent shift of a near star.",
            "Parallax is the apparent shift of a near star described in the following section.",
            "We call parallax the apparent shift of a near star against distant stars.",
            "The former is the apparent shift of a near star against distant stars.",
            "Is parallax the apparent shift of a near star against distant stars?",
        ],
    )
    def test_sentences_that_point_elsewhere(self, paragraph: str) -> None:
        made = made_of(text_of([paragraph, *STARS]))

        assert paragraph not in {draft.quote for draft in made.drafts}

    @pytest.mark.parametrize(
        "paragraph",
        [
            "Copyright (c) 2019 by the authors of the celestial handbook, all rights reserved.",
            "Chapter 4 The celestial sphere . . . . . . . . . . . . . . . . . . . . . . . . 17",
            "for (int star = 0; star < stars.size(); star++) { shift(star); } return 0;",
            "[12] J. Kepler, Astronomia Nova, Heidelberg 1609, with notes on planetary motion.",
            "See https://example.org/stars for a list of stars and of their luminosities.",
            "THE CELESTIAL HANDBOOK",
        ],
    )
    def test_what_is_no_prose(self, paragraph: str) -> None:
        blocks = list(prose(text_of([paragraph, *STARS])))

        assert [block.words for block in blocks] == list(STARS)

    def test_what_stands_at_the_head_of_every_page(self) -> None:
        head = "The celestial handbook is a book for observers of the sky."

        blocks = list(prose(text_of([head, *STARS[:3], head, *STARS[3:], head])))

        assert [block.words for block in blocks] == list(STARS)

    def test_what_stands_under_references_or_licenses(self) -> None:
        paragraphs = [*STARS[:3], "References", *STARS[3:6], "GNU Free Documentation License"]

        blocks = list(prose(text_of([*paragraphs, STARS[7]], paragraphs)))

        assert not {block.words for block in blocks} & {*STARS[3:6], STARS[7]}


class TestDifficulty:
    """To recognise is easier than to recall."""

    def test_easy_ones_are_recognised_and_hard_ones_recalled(self, stars: DocumentText) -> None:
        recalled = {}
        for difficulty in Difficulty:
            drafts = make(stars, Wanted(6, tuple(Type), "s", difficulty)).drafts
            assert len(drafts) == 6
            recalled[difficulty] = sum(draft.type.recalls for draft in drafts)

        assert recalled[Difficulty.EASY] < recalled[Difficulty.MEDIUM] < recalled[Difficulty.HARD]
        assert recalled[Difficulty.EASY] <= 1
        assert recalled[Difficulty.HARD] >= 5

    def test_a_type_that_was_not_asked_for_is_not_made(self, stars: DocumentText) -> None:
        hard = make(stars, Wanted(4, (Type.TRUE_FALSE,), "s", Difficulty.HARD))

        assert {draft.type for draft in hard.drafts} == {Type.TRUE_FALSE}


class TestCount:
    def test_asked_for_more_than_there_is_it_makes_fewer_and_says_why(
        self, stars: DocumentText
    ) -> None:
        made = made_of(stars, 100)

        assert len(made.drafts) < 100
        assert made.note.startswith("of 21 sentences read, ")

    def test_asked_for_few_it_makes_the_best_and_no_note(
        self, stars: DocumentText, drafts: tuple[Draft, ...]
    ) -> None:
        made = made_of(stars, 3)

        assert [draft.quote for draft in made.drafts] == [draft.quote for draft in drafts[:3]]
        assert made.note == ""

    def test_of_every_type_about_as_many(self, drafts: tuple[Draft, ...]) -> None:
        types = Counter(draft.type for draft in drafts)

        assert set(types) == set(Type)

    def test_a_plain_text_without_definitions_still_gives_a_few(self) -> None:
        text = text_of(
            [
                "The harbour of Brindle was rebuilt in 1821 after a heavy winter storm.",
                "Fishermen of the northern islands sell dried cod to merchants from the south.",
                "The lighthouse of Brindle burns 40 barrels of whale oil in every winter.",
            ]
        )

        assert len(made_of(text, 5).drafts) >= 3

    @pytest.mark.parametrize("text", ["", "1\n2\n3\n", "No.", "\u4e2d\u6587\u3002" * 100])
    def test_of_nothing_nothing_is_made(self, text: str) -> None:
        assert made_of(DocumentText(text=text)).drafts == ()
