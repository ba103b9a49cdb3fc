"""One edition's text index in OpenSearch. Several replicas of search may use it."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from services.search.index import fields
from services.search.index.forgiving import FORGIVEN, LOOKED_AT
from services.search.index.opensearch import counts
from services.search.index.opensearch.clauses import Compiler, any_of, of_document, within
from services.search.index.opensearch.cluster import Cluster, Json
from services.search.model.passage import About, Found, Hit, Passage, Scope, led, place
from services.search.model.question import Question
from services.search.words.guesses import likeliest
from services.search.words.terms import Terms, terms
from services.search.words.text import Word, words
from services.search.words.typos import tolerance

AT_ONCE: Final = 1_000
"""Passages sent in one request."""

_KEPT: Final = TypeAdapter(tuple[About, Passage])
_ORDER: Final = [{"_score": "desc"}, {"place": "asc"}, {"passage": "asc"}]


class NotWritten(Exception):
    """OpenSearch did not take a passage; the message is its own reason."""


class OpenSearchTextIndex:
    """Only what is written as a whole is shown: nothing is refreshed but at a write's end."""

    def __init__(self, cluster: Cluster, name: str, index_id: UUID) -> None:
        self.id = index_id
        self._cluster = cluster
        self._name = name

    async def put(self, about: About, passages: Sequence[Passage]) -> None:
        """Make these the only passages of the document."""
        wanted = {str(one.id): one for one in passages}
        # What a killed write left is to be seen before it is taken away.
        await self._refresh()
        there = await self._ids(about.document_id)
        routing = str(about.document_id)
        lines: list[Json] = []
        for passage, lead in led(about, list(wanted.values())):
            lines.append({"index": {"_id": str(passage.id), "routing": routing}})
            lines.append(_document(about, passage, lead))
        stale = sorted(there - wanted.keys())
        lines += [{"delete": {"_id": one, "routing": routing}} for one in stale]
        await self._write(lines)

    async def describe(self, about: About) -> None:
        """Change what is said about a document; its passages stay."""
        await self._refresh()
        known = await self._passages_of(about.document_id)
        if known:
            await self.put(about, known)

    async def forget(self, document_id: UUID) -> None:
        """Keep nothing of a document."""
        await self._refresh()
        gone = await self._ids(document_id)
        routing = str(document_id)
        await self._write([{"delete": {"_id": one, "routing": routing}} for one in sorted(gone)])

    async def holding(self, document_ids: Sequence[UUID]) -> set[UUID]:
        """Tell of which of these documents there is any passage."""
        named = [str(one) for one in document_ids]
        body = {
            "size": 0,
            "query": {"bool": {"filter": [{"terms": {"document": named}}]}},
            "aggs": {"documents": {"terms": {"field": "document", "size": len(named) or 1}}},
        }
        answer = await self._cluster.search(self._name, body)
        buckets = answer["aggregations"]["documents"]["buckets"]
        return {UUID(bucket["key"]) for bucket in buckets}

    async def find(self, question: Question, scope: Scope, *, most: int) -> Found:
        """Find the best passages within the scope."""
        looked_for = terms(question)
        if looked_for.empty:
            return Found([], 0)
        scoped = within(scope)
        wanted = counts.words_of(looked_for)
        counted = await self._count(looked_for, wanted, scoped)
        corrected = {
            run: likely
            for run in counted.absent[:FORGIVEN]
            if (likely := await self._meant(run.exact[0], scoped))
        }
        if corrected:
            others = [word for likely in corrected.values() for word in likely]
            counted = await self._count(looked_for, [*wanted, *others], scoped)
        body = {
            "query": Compiler(counted, corrected).compile(looked_for, scope),
            "size": most,
            "sort": _ORDER,
            "track_scores": True,
            "track_total_hits": True,
            "_source": ["kept"],
        }
        found = (await self._cluster.search(self._name, body))["hits"]
        meant = frozenset(word.stem for one in corrected.values() for word in one)
        return Found([_hit(one) for one in found["hits"]], found["total"]["value"], meant)

    async def _count(
        self, looked_for: Terms, wanted: Sequence[Word], scoped: list[Json]
    ) -> counts.Counts:
        body, weighed = counts.asked(wanted, scoped, looked_for.wanted), counts.weighed(wanted)
        answer, weights = await asyncio.gather(
            self._cluster.search(self._name, body),
            self._cluster.run(lambda client: client.termvectors(index=self._name, body=weighed)),
        )
        return counts.read(answer, weights, wanted, looked_for.wanted)

    async def _meant(self, typed: str, scoped: list[Json]) -> list[Word]:
        for distance in range(1, tolerance(typed) + 1):
            alike = {"value": typed, "fuzziness": distance, "max_expansions": 1_000}
            near = any_of([{"fuzzy": {fields.exact(where): alike}} for where in fields.SOUGHT])
            body = {
                "query": {"bool": {"filter": [*scoped, near]}},
                "size": LOOKED_AT,
                "sort": [{"place": "asc"}],
                "_source": ["kept"],
            }
            found = await self._cluster.search(self._name, body)
            if best := likeliest(map(_hit, found["hits"]["hits"]), typed, distance):
                return best
        return []

    async def _ids(self, document_id: UUID) -> set[str]:
        return {one["_id"] for one in await self._all(document_id, source=False)}

    async def _passages_of(self, document_id: UUID) -> list[Passage]:
        return [_hit(one).passage for one in await self._all(document_id, source=["kept"])]

    async def _all(self, document_id: UUID, source: bool | list[str]) -> list[Json]:
        """Read all of a document's passages, page by page."""
        found: list[Json] = []
        after: list[Any] = []
        while True:
            body: Json = {
                "query": {"bool": {"filter": [of_document(document_id)]}},
                "size": AT_ONCE,
                "sort": [{"place": "asc"}, {"passage": "asc"}],
                "_source": source,
            }
            if after:
                body["search_after"] = after
            page = (await self._cluster.search(self._name, body))["hits"]["hits"]
            found += page
            if len(page) < AT_ONCE:
                return found
            after = page[-1]["sort"]

    async def _write(self, lines: list[Json]) -> None:
        for start in range(0, len(lines), 2 * AT_ONCE):
            part = lines[start : start + 2 * AT_ONCE]
            await self._send(part)
        await self._refresh()

    async def _send(self, lines: list[Json]) -> None:
        answer = await self._cluster.run(lambda client: client.bulk(index=self._name, body=lines))
        for item in answer["items"] if answer["errors"] else ():
            (done,) = item.values()
            if "error" in done:
                raise NotWritten(f"{done['error']['type']}: {done['error'].get('reason', '')}")

    async def _refresh(self) -> None:
        await self._cluster.run(lambda client: client.indices.refresh(index=self._name))


def mapping(index_id: UUID) -> Json:
    """Describe the fields; blanks part words, for only our own words go in."""
    word = {"type": "text", "analyzer": "whitespace", "index_options": "positions"}
    named = {name: {"type": "keyword"} for name in ("owner", "document", "collection", "tag")}
    sought = {
        name: word for where in fields.PLACES for name in (fields.exact(where), fields.stem(where))
    }
    return {
        "dynamic": "strict",
        "_meta": {"id": str(index_id)},
        "properties": {
            **named,
            **sought,
            "place": {"type": "long"},
            "passage": {"type": "keyword"},
            "kept": {"type": "object", "enabled": False},
        },
    }


def _document(about: About, passage: Passage, lead: str) -> Json:
    said = about.description
    texts = {
        fields.TEXT: passage.text,
        fields.TITLE: said.title,
        fields.HEADING: passage.heading or "",
        fields.LEAD: lead,
    }
    sought: dict[str, str] = {}
    for where, text in texts.items():
        taken_apart = list(words(text))
        sought[fields.exact(where)] = " ".join(word.exact for word in taken_apart)
        sought[fields.stem(where)] = " ".join(word.stem for word in taken_apart)
    return {
        **sought,
        "owner": str(about.owner_id),
        "document": str(about.document_id),
        "collection": str(said.collection_id) if said.collection_id else None,
        "tag": list(said.tags),
        "place": place(about.document_id, passage.ordinal),
        "passage": str(passage.id),
        "kept": {"it": _KEPT.dump_python((about, passage), mode="json")},
    }


def _hit(found: Json) -> Hit:
    about, passage = _KEPT.validate_python(found["_source"]["kept"]["it"])
    return Hit(about, passage, found.get("_score") or 0.0)
