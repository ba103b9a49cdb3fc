"""Ranks become scores as the interface promises."""

import pytest

from services.search.model.fusion import by_meaning, by_words, fused, newest
from services.search.model.passage import Hit
from tests.unit.search.examples import about, passages


def hits(*scores: float, version: int = 1) -> list[Hit]:
    reading = about(version=version)
    return [
        Hit(reading, passage, score)
        for passage, score in zip(passages(reading, *["x"] * len(scores)), scores, strict=True)
    ]


def test_words_are_scored_over_the_best() -> None:
    assert [one.score for one in by_words(hits(8.0, 4.0, 2.0))] == [1.0, 0.5, 0.25]
    assert by_words([]) == []


def test_a_negative_cosine_counts_as_nothing() -> None:
    assert [one.score for one in by_meaning(hits(0.9, 0.0, -0.4))] == [0.9, 0.0, 0.0]


def test_first_in_both_is_one_and_first_in_one_is_half() -> None:
    both, text_only = hits(3.0, 1.0)
    (semantic_only,) = hits(0.5)

    ranked = fused([both, text_only], [both, semantic_only])

    assert ranked[0].hit.passage.id == both.passage.id
    assert ranked[0].score == pytest.approx(1.0)
    assert ranked[1].score == pytest.approx(61 / 62 / 2)
    assert {ranked[1].hit.passage.id, ranked[2].hit.passage.id} == {
        text_only.passage.id,
        semantic_only.passage.id,
    }


def test_the_fused_score_is_the_sum_of_reciprocal_ranks_over_its_maximum() -> None:
    text = hits(*range(10, 0, -1))
    semantic = list(reversed(text))

    ranked = fused(text, semantic)

    for one in ranked:
        assert one.text is not None
        assert one.semantic is not None
        plain = 1 / (60 + one.text.rank) + 1 / (60 + one.semantic.rank)
        assert one.score == pytest.approx(plain / (2 / 61))
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)


def test_equals_have_one_order() -> None:
    text, semantic = hits(1.0), hits(1.0)

    once, again = fused(text, semantic), fused(semantic, text)

    assert [one.hit.passage.id for one in once] == [one.hit.passage.id for one in again]


def test_of_two_readings_of_a_document_only_the_newer_is_shown() -> None:
    (new,) = hits(0.5, version=2)
    old = [
        Hit(about(document=new.about.document_id, version=1), one.passage, one.score)
        for one in hits(9.0, 8.0)
    ]
    (other,) = hits(7.0)

    kept = newest(fused([*old, other], [new]))

    assert {one.hit.passage.id for one in kept} == {new.passage.id, other.passage.id}
