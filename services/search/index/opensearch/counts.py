"""Counts the words of a question: with everybody, with its owner, within its scope."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.search.index import fields
from services.search.index.census import rarity_of
from services.search.index.opensearch.cluster import Json
from services.search.model.question import Form
from services.search.words.terms import Run, Terms
from services.search.words.text import Word
from services.search.words.typos import tolerance

_ALL: Final = "*"
"""Stands for all passages that have anything in a field."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many passages have a word in a field."""

    everywhere: dict[Key, int]
    owners: dict[str, int]
    """The owner's passages that have a stem in their text; and all of them."""
    absent: tuple[Run, ...]
    """Wanted words that nothing in the scope has, in the order of the question."""

    def share(self, name: str, parts: Sequence[str], stems: Iterable[str]) -> float:
        """Divide the words' rarity among the owner's passages by that among everybody's.

        OpenSearch weighs a word by its rarity in all passages; times this it is its rarity in the
        owner's text. Nothing at all if the field has not all of the words.
        """
        held = [self.everywhere.get((name, part), 0) for part in parts]
        if not all(held):
            return 0.0
        rarity = sum(rarity_of(self.everywhere[name, _ALL], count) for count in held)
        mine = sum(rarity_of(self.owners[_ALL], self.owners.get(stem, 0)) for stem in stems)
        return mine / rarity


def asked(looked_for: Sequence[Word], scoped: list[Json], runs: Sequence[Run]) -> Json:
    """Ask for what its owner and its scope have."""
    stems = {word.stem: _has(fields.stem(fields.TEXT), word.stem) for word in looked_for}
    there = {str(number): _there(run) for number, run in enumerate(runs) if _may_be_wrong(run)}
    return {
        "size": 0,
        "aggs": {
            "owners": {"filter": scoped[0], "aggs": {"stems": _filters(stems)}},
            "scope": {"filter": {"bool": {"filter": scoped}}, "aggs": {"there": _filters(there)}},
        },
    }


def weighed(looked_for: Sequence[Word]) -> Json:
    """Ask by what OpenSearch weighs words: deleted passages count until they are cleared away.

    It tells that of a passage that has them all and need not be kept.
    """
    parts: dict[str, dict[str, None]] = {}
    for name, part in _keys(looked_for):
        parts.setdefault(name, {})[part] = None
    return {
        "doc": {name: " ".join(known) for name, known in parts.items()},
        "term_statistics": True,
        "field_statistics": True,
        **dict.fromkeys(("positions", "offsets", "payloads"), False),
    }


def read(answer: Json, weights: Json, looked_for: Sequence[Word], runs: Sequence[Run]) -> Counts:
    """Read what was counted."""
    counted, known = answer["aggregations"], weights["term_vectors"]
    there = _counts(counted["scope"]["there"])
    everywhere = {
        (name, part): known.get(name, {}).get("terms", {}).get(part, {}).get("doc_freq", 0)
        for name, part in _keys(looked_for)
    }
    for name in {name for name, _ in everywhere}:
        whole = known.get(name, {}).get("field_statistics", {})
        everywhere[name, _ALL] = whole.get("doc_count", 0)
    return Counts(
        everywhere,
        {**_counts(counted["owners"]["stems"]), _ALL: counted["owners"]["doc_count"]},
        tuple(run for number, run in enumerate(runs) if there.get(str(number), 1) == 0),
    )


def words_of(looked_for: Terms) -> list[Word]:
    """List the wanted words, each once."""
    found = {word.exact: word for run in looked_for.wanted for word in run.words}
    return list(found.values())


def _may_be_wrong(run: Run) -> bool:
    return len(run.words) == 1 and tolerance(run.exact[0]) > 0


def _there(run: Run) -> Json:
    """Ask whether a word is there, in any form that the question would accept."""
    clauses: list[Any] = [_has(fields.stem(where), run.stems[0]) for where in fields.SOUGHT]
    if run.form is Form.BEGUN:
        clauses += [{"prefix": {fields.exact(where): run.exact[0]}} for where in fields.SOUGHT]
    return {"bool": {"should": clauses}}


def _keys(looked_for: Sequence[Word]) -> Iterator[Key]:
    yield from ((fields.exact(fields.TEXT), word.exact) for word in looked_for)
    for where in fields.PLACES:
        yield from ((fields.stem(where), word.stem) for word in looked_for)


def _has(name: str, part: str) -> Json:
    return {"term": {name: part}}


def _filters(filters: dict[str, Json]) -> Json:
    return {"filters": {"filters": filters or {"none": {"match_none": {}}}}}


def _counts(counted: Json) -> dict[str, int]:
    return {name: bucket["doc_count"] for name, bucket in counted["buckets"].items()}
