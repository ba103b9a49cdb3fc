"""Ranks become scores as the interface promises."""

import pytest

from services.search.model.fusion import TEXT_WEIGHT, by_meaning, by_words, fused, newest
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


def test_first_in_both_is_one_and_by_meaning_counts_more() -> None:
    both, text_only = hits(3.0, 1.0)
    (semantic_only,) = hits(0.5)

    ranked = fused([both, text_only], [both, semantic_only])

    assert ranked[0].hit.passage.id == both.passage.id
    assert ranked[0].score == pytest.approx(1.0)
    assert [one.hit.passage.id for one in ranked[1:]] == [
        semantic_only.passage.id,
        text_only.passage.id,
    ]
    assert ranked[1].score == pytest.approx(61 / 62 / (1 + TEXT_WEIGHT))
    assert ranked[2].score == pytest.approx(61 / 62 * TEXT_WEIGHT / (1 + TEXT_WEIGHT))


def test_the_fused_score_is_the_sum_of_reciprocal_ranks_over_its_maximum() -> None:
    text = hits(*range(10, 0, -1))
    semantic = list(reversed(text))

    ranked = fused(text, semantic)

    for one in ranked:
        assert one.text is not None
        assert one.semantic is not None
        plain = TEXT_WEIGHT / (60 + one.text.rank) + 1 / (60 + one.semantic.rank)
        assert one.score == pytest.approx(plain / ((1 + TEXT_WEIGHT) / 61))
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)


def test_what_one_leg_found_alone_stays_in_its_order() -> None:
    found = hits(1.0, 1.0, 0.5)

    by_text, by_vector = fused(found, []), fused([], found)

    assert [one.hit for one in by_text] == [one.hit for one in by_vector] == found


def test_of_two_readings_of_a_document_only_the_newer_is_shown() -> None:
    (new,) = hits(0.5, version=2)
    old = [
        Hit(about(document=new.about.document_id, version=1), one.passage, one.score)
        for one in hits(9.0, 8.0)
    ]
    (other,) = hits(7.0)

    kept = newest(fused([*old, other], [new]))

    assert {one.hit.passage.id for one in kept} == {new.passage.id, other.passage.id}
