"""Searches answer as the interface promises, also when half of it is away."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from contracts.search import FindPassages, SearchAnswer, SearchMode
from services.search.model.fusion import TEXT_WEIGHT
from services.search.model.passage import Found, Scope
from services.search.model.question import EmptyQuestion, LongQuestion, Question
from services.search.service.finding import Finding, Nobody
from services.search.service.leg import Leg
from shared.cause import Cause
from shared.problems import Away
from shared.resilience import FAILURES
from tests.unit.search.examples import ANNA, BERT, MODEL, about, embedded, passages, vector
from tests.unit.search.fakes import FakeEmbedder, FakeTextIndex, FakeVectorIndex
from tests.waiting import until

TEXTS = ("The cell divides.", "A plant grows & <b>glows</b>.", "Cell walls of a plant cell.")
CELL, PLANT, AGAINST = vector(1, 0), vector(0, 1), vector(-1, 0)


class BrokenTextIndex(FakeTextIndex):
    """Always fails, and not politely."""

    async def find(self, question: Question, scope: Scope, *, most: int) -> Found:
        raise RuntimeError(question, scope, most)


@dataclass
class Search:
    """Search with a small library of Anna's."""

    text: FakeTextIndex = field(default_factory=FakeTextIndex)
    vectors: FakeVectorIndex = field(default_factory=FakeVectorIndex)
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)

    async def filled(self) -> "Search":
        reading = about(ANNA, title="Botany", tags=["bio"])
        await self.text.put(reading, passages(reading, *TEXTS))
        vectors = (CELL, PLANT, AGAINST)
        await self.vectors.put(reading, MODEL, embedded(reading, *vectors, texts=TEXTS))
        self.embedder.known = {"cell": CELL, "plants": PLANT, "nowhere": vector(0, 0, 1)}
        return self

    async def find(self, asked: FindPassages, *, by: Cause | None = None) -> SearchAnswer:
        finding = Finding(self.text, self.vectors, self.embedder, Leg("text"), Leg("semantic"))
        return await finding.find(asked, by or Cause(actor=ANNA))


@pytest.fixture
async def search() -> Search:
    return await Search().filled()


class TestModes:
    async def test_text_scores_are_over_the_best_hit(self, search: Search) -> None:
        answer = await search.find(FindPassages(q="cell", mode=SearchMode.TEXT))

        assert (answer.mode, answer.degraded, answer.total) == (SearchMode.TEXT, False, 2)
        assert answer.results[0].score == 1.0
        assert 0 < answer.results[1].score <= 1.0

    async def test_semantic_scores_are_cosines_and_never_negative(self, search: Search) -> None:
        answer = await search.find(FindPassages(q="cell", mode=SearchMode.SEMANTIC))

        assert (answer.mode, answer.degraded, answer.total) == (SearchMode.SEMANTIC, False, 3)
        assert [hit.text for hit in answer.results] == list(TEXTS)
        assert [hit.score for hit in answer.results] == pytest.approx([1, 0, 0])

    async def test_hybrid_joins_both_and_counts_what_has_the_words(self, search: Search) -> None:
        answer = await search.find(FindPassages(q="cell"))

        assert (answer.mode, answer.degraded, answer.total) == (SearchMode.HYBRID, False, 2)
        assert {hit.text for hit in answer.results} == set(TEXTS)
        assert all(0 < hit.score <= 1 for hit in answer.results)

    async def test_words_that_nothing_has_still_find_what_is_meant(self, search: Search) -> None:
        answer = await search.find(FindPassages(q="nowhere"))

        assert answer.total == 0
        assert len(answer.results) == 3

    async def test_a_hit_says_where_it_stands(self, search: Search) -> None:
        answer = await search.find(FindPassages(q="plants", mode=SearchMode.TEXT))

        hit = next(hit for hit in answer.results if hit.text == TEXTS[1])
        assert (hit.title, hit.page, hit.start, hit.end) == (
            "Botany",
            2,
            1000,
            1000 + len(hit.text),
        )
        assert hit.text_version == "text-1"
        assert hit.snippet == "A <mark>plant</mark> grows &amp; &lt;b&gt;glows&lt;/b&gt;."
        assert hit.explain is None


class TestBounds:
    async def test_no_more_than_asked_for_are_shown(self, search: Search) -> None:
        whole = await search.find(FindPassages(q="cell"))

        answer = await search.find(FindPassages(q="cell", limit=1))

        assert answer.results == whole.results[:1]
        assert answer.total == 2

    async def test_what_scores_less_is_left_out(self, search: Search) -> None:
        asked = FindPassages(q="cell", mode=SearchMode.SEMANTIC, min_score=0.5)

        answer = await search.find(asked)

        assert [hit.text for hit in answer.results] == [TEXTS[0]]
        assert answer.total == 1

    @pytest.mark.parametrize("typed", ["", "   "])
    async def test_an_empty_question_is_refused(self, search: Search, typed: str) -> None:
        with pytest.raises(EmptyQuestion):
            await search.find(FindPassages(q=typed))

    async def test_nobody_finds_nothing(self, search: Search) -> None:
        with pytest.raises(Nobody):
            await search.find(FindPassages(q="cell"), by=Cause())

    @pytest.mark.parametrize("mode", SearchMode)
    async def test_another_finds_nothing(self, search: Search, mode: SearchMode) -> None:
        answer = await search.find(FindPassages(q="cell", mode=mode), by=Cause(actor=BERT))

        assert (answer.results, answer.total) == ([], 0)

    async def test_a_tag_that_cannot_be_stored_finds_nothing(self, search: Search) -> None:
        answer = await search.find(FindPassages(q="cell", tag="bi\0o"))

        assert (answer.results, answer.degraded) == ([], False)

    async def test_what_must_or_must_not_be_there_binds_both_legs(self, search: Search) -> None:
        search.embedder.known |= {"plant cell": CELL, "cell": CELL}

        phrase = await search.find(FindPassages(q='"plant cell"'))
        without = await search.find(FindPassages(q="cell -plant"))

        assert [hit.text for hit in phrase.results] == [TEXTS[2]]
        assert [hit.text for hit in without.results] == [TEXTS[0]]

    @pytest.mark.parametrize("mode", SearchMode)
    @pytest.mark.parametrize("typed", ["-plant", '-"plant cell" -grows'])
    async def test_nothing_but_unwanted_never_shows_it(
        self, search: Search, typed: str, mode: SearchMode
    ) -> None:
        answer = await search.find(FindPassages(q=typed, mode=mode))

        expected = [] if mode is SearchMode.SEMANTIC else [TEXTS[0]]
        assert [hit.text for hit in answer.results] == expected
        assert (answer.total, answer.degraded) == (len(expected), False)

    @pytest.mark.parametrize("mode", SearchMode)
    @pytest.mark.parametrize("typed", ["?!", "\U0001f642", '"" *', "-"])
    async def test_what_has_no_word_finds_nothing(
        self, search: Search, typed: str, mode: SearchMode
    ) -> None:
        answer = await search.find(FindPassages(q=typed, mode=mode))

        assert (answer.results, answer.total, answer.degraded) == ([], 0, False)

    async def test_a_title_binds_both_legs(self, search: Search) -> None:
        search.embedder.known |= {"botany cell": CELL, "zoology cell": CELL}

        right = await search.find(FindPassages(q="title:botany cell"))
        wrong = await search.find(FindPassages(q="title:zoology cell"))

        assert {hit.text for hit in right.results} == set(TEXTS)
        assert wrong.results == []

    async def test_more_than_can_be_asked_is_refused(self, search: Search) -> None:
        with pytest.raises(LongQuestion):
            await search.find(FindPassages(q="x" * 2_001))

    async def test_what_a_slip_was_taken_for_is_marked(self, search: Search) -> None:
        asked = FindPassages(q="devides", mode=SearchMode.TEXT)

        answer = await search.find(asked)

        assert [hit.snippet for hit in answer.results] == ["The cell <mark>divides</mark>."]


class TestExplain:
    async def test_hybrid_tells_both_ranks_and_scores(self, search: Search) -> None:
        answer = await search.find(FindPassages(q="cell", explain=True))

        for hit in answer.results:
            assert hit.explain is not None
            legs = ((hit.explain.text, TEXT_WEIGHT), (hit.explain.semantic, 1.0))
            given = sum(weight / (60 + leg.rank) for leg, weight in legs if leg is not None)
            assert hit.explain.fused == hit.score
            assert hit.score == pytest.approx(given / ((TEXT_WEIGHT + 1) / 61))
            assert f"{TEXT_WEIGHT}/(60 + text.rank)" in hit.explain.formula

    async def test_one_leg_tells_its_own(self, search: Search) -> None:
        text = await search.find(FindPassages(q="cell", mode=SearchMode.TEXT, explain=True))
        semantic = await search.find(FindPassages(q="cell", mode=SearchMode.SEMANTIC, explain=True))

        (first, last) = text.results[0].explain, semantic.results[-1].explain
        assert first is not None
        assert last is not None
        assert first.semantic is None
        assert last.text is None
        assert last.semantic is not None
        assert last.semantic.score == pytest.approx(-1)


class TestDegraded:
    @pytest.mark.parametrize("mode", [SearchMode.HYBRID, SearchMode.SEMANTIC])
    async def test_without_an_embedder_the_words_answer(
        self, search: Search, mode: SearchMode
    ) -> None:
        search.embedder.away = True

        answer = await search.find(FindPassages(q="cell", mode=mode))

        assert (answer.mode, answer.degraded, answer.total) == (SearchMode.TEXT, True, 2)
        assert answer.results[0].score == 1.0

    async def test_words_alone_need_no_embedder(self, search: Search) -> None:
        search.embedder.away = True

        answer = await search.find(FindPassages(q="cell", mode=SearchMode.TEXT))

        assert not answer.degraded

    @pytest.mark.parametrize("mode", [SearchMode.HYBRID, SearchMode.TEXT])
    async def test_without_a_text_index_the_meaning_answers(
        self, search: Search, mode: SearchMode
    ) -> None:
        search.text = BrokenTextIndex()

        answer = await search.find(FindPassages(q="cell", mode=mode))

        assert (answer.mode, answer.degraded, answer.total) == (SearchMode.SEMANTIC, True, 3)
        assert "<mark>cell</mark>" in answer.results[0].snippet

    @pytest.mark.parametrize("mode", SearchMode)
    async def test_without_both_it_is_away(self, search: Search, mode: SearchMode) -> None:
        search.text = BrokenTextIndex()
        search.embedder.away = True

        with pytest.raises(Away):
            await search.find(FindPassages(q="cell", mode=mode))

    async def test_vectors_of_another_model_are_not_compared(self, search: Search) -> None:
        search.embedder.known["cell"] = vector(1, model="another")

        answer = await search.find(FindPassages(q="cell"))

        assert (answer.mode, answer.degraded) == (SearchMode.TEXT, True)
        assert search.embedder.distrusted == ["cell"]

    async def test_a_leg_heals_by_a_question_whose_asker_has_long_gone(
        self, search: Search
    ) -> None:
        leg = Leg("semantic", rest=0.0)
        finding = Finding(search.text, search.vectors, search.embedder, Leg("text"), leg)
        search.embedder.away = True
        gone = Cause(actor=ANNA, until=datetime.now(UTC) - timedelta(seconds=1))
        for _ in range(FAILURES):
            await finding.find(FindPassages(q="cell"), gone)
        assert leg.policy.state != "closed"

        search.embedder.away = False
        healing = asyncio.create_task(leg.policy.heal())
        await until(lambda: leg.policy.state == "closed")

        healing.cancel()
