"""What search asks of other services, and how it reads what they keep."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar, cast
from uuid import UUID, uuid4

import pytest

from contracts.document import DescribeDocument, Document, DocumentStatus
from contracts.indexing import Embedded, EmbedTexts
from services.indexing.service.questions import UnknownModel
from services.search.documents import BusDocuments
from services.search.embedder import BusEmbedder
from services.search.model.document import Reading
from services.search.model.passage import BadPassages, Description, Kind, OtherModel
from services.search.passages import PassagesObject
from shared.cause import Cause
from shared.messages import Answer, Request
from shared.problems import Away, NotFound, ProblemDetails, Refused
from tests.unit.search.examples import ANNA, MODEL, about, passages, vector

A = TypeVar("A", bound=Answer)
ASKS = Cause(actor=ANNA)


def no_model() -> str:
    return ""


@dataclass
class FakeBus:
    """Answers as indexing and document do."""

    model: str = MODEL
    documents: dict[UUID, Document] = field(default_factory=dict)
    problem: Exception | None = None
    asked: list[Request[Answer]] = field(default_factory=list)

    async def ask(self, request: Request[A], cause: Cause, *, within: float = 5.0) -> A:
        assert cause is ASKS
        assert within <= 30
        self.asked.append(cast("Request[Answer]", request))
        if self.problem is not None:
            raise self.problem
        answer: Answer
        if isinstance(request, EmbedTexts):
            answer = Embedded(vectors=[[0.6, 0.8]] * len(request.texts), model=self.model)
        else:
            assert isinstance(request, DescribeDocument)
            answer = self.documents[request.document_id]
        return cast("A", answer)


@dataclass
class FakeCache:
    """A cache in memory, or one that is away."""

    kept: dict[tuple[str, ...], bytes] = field(default_factory=dict)
    is_away: bool = False

    async def get(self, *about: str) -> bytes | None:
        return None if self.is_away else self.kept.get(about)

    async def put(self, value: bytes, *about: str) -> None:
        if not self.is_away:
            self.kept[about] = value


def embedder_on(
    bus: FakeBus,
    model: Callable[[], str] = no_model,
    cache: FakeCache | None = None,
    remembered: int = 1_000,
) -> BusEmbedder:
    return BusEmbedder(bus, model, cache=cache or FakeCache(), remembered=remembered)


class TestEmbedder:
    async def test_a_vector_comes_with_its_model(self) -> None:
        found = await embedder_on(FakeBus()).embed("cell", ASKS)

        assert found.model == MODEL
        assert found.data == bytes.fromhex("9a99193fcdcc4c3f")

    async def test_the_latest_questions_are_remembered(self) -> None:
        bus = FakeBus()
        embedder = embedder_on(bus, remembered=2)
        for text in ("one", "two", "one", "three", "one", "two"):
            await embedder.embed(text, ASKS)

        texts = [request.texts[0] for request in bus.asked if isinstance(request, EmbedTexts)]
        assert texts == ["one", "two", "three", "two"]

    async def test_what_another_replica_asked_is_looked_up(self) -> None:
        cache, bus = FakeCache(), FakeBus()
        await embedder_on(bus, lambda: MODEL, cache).embed("one", ASKS)

        found = await embedder_on(bus, lambda: MODEL, cache).embed("one", ASKS)

        assert found.data == bytes.fromhex("9a99193fcdcc4c3f")
        assert len(bus.asked) == 1

    async def test_a_vector_of_one_model_is_never_taken_for_anothers(self) -> None:
        cache, bus = FakeCache(), FakeBus()
        await embedder_on(bus, lambda: MODEL, cache).embed("one", ASKS)
        await embedder_on(bus, lambda: "another", cache).embed("one", ASKS)
        await embedder_on(bus, no_model, cache).embed("one", ASKS)

        assert len(bus.asked) == 3

    async def test_without_a_cache_each_asks_for_itself(self) -> None:
        cache, bus = FakeCache(is_away=True), FakeBus()
        for _ in range(2):
            await embedder_on(bus, lambda: MODEL, cache).embed("one", ASKS)

        assert len(bus.asked) == 2

    async def test_a_distrusted_vector_is_asked_for_again(self) -> None:
        bus = FakeBus()
        embedder = embedder_on(bus)
        await embedder.embed("one", ASKS)
        bus.model = "another"

        embedder.distrust("one")

        assert (await embedder.embed("one", ASKS)).model == "another"

    async def test_the_model_of_what_is_served_is_asked_for(self) -> None:
        bus, served = FakeBus(), [""]
        embedder = embedder_on(bus, lambda: served[0])
        await embedder.embed("one", ASKS)
        served[0] = "former"
        await embedder.embed("one", ASKS)

        asked = [request.model for request in bus.asked if isinstance(request, EmbedTexts)]
        assert asked == [None, "former"]

    async def test_a_model_that_nobody_has_any_more_is_another_one(self) -> None:
        gone = Refused(UnknownModel("former").details())

        with pytest.raises(OtherModel):
            await embedder_on(FakeBus(problem=gone), lambda: "former").embed("one", ASKS)

    async def test_the_newest_model_is_known_by_what_it_makes(self) -> None:
        assert await embedder_on(FakeBus(), lambda: "former").newest(ASKS) == Kind(MODEL, 2)

    async def test_an_absent_embedder_is_away(self) -> None:
        with pytest.raises(Away):
            await embedder_on(FakeBus(problem=Away())).embed("one", ASKS)


class TestDocuments:
    async def test_title_tags_and_collection_are_asked_for(self) -> None:
        document, shelf = uuid4(), uuid4()
        now = datetime(2026, 1, 1, tzinfo=UTC)
        known = Document(
            id=document,
            title="Cel\0ls",
            filename="cells.pdf",
            media_type="application/pdf",
            size=1,
            status=DocumentStatus.INDEXING,
            progress=90,
            tags=["bio"],
            collection_id=shelf,
            created_at=now,
            updated_at=now,
        )

        said = await BusDocuments(FakeBus(documents={document: known})).describe(document, ASKS)

        assert said == Description("Cel\ufffdls", ("bio",), shelf)

    async def test_a_deleted_one_is_not_found(self) -> None:
        gone = Refused(ProblemDetails(type="document-not-found", title="", status=404))

        with pytest.raises(NotFound):
            await BusDocuments(FakeBus(problem=gone)).describe(uuid4(), ASKS)

    async def test_another_refusal_stays_one(self) -> None:
        wrong = Refused(ProblemDetails(type="bad-request", title="", status=422))

        with pytest.raises(Refused):
            await BusDocuments(FakeBus(problem=wrong)).describe(uuid4(), ASKS)


@dataclass
class FakeClaims:
    """One object."""

    content: bytes

    async def fetch(self, object_id: UUID, cause: Cause) -> bytes:
        assert isinstance(object_id, UUID)
        assert cause is ASKS
        return self.content


DOCUMENT = uuid4()
READING = Reading(version=3, text_version="text-3", passages_object_id=uuid4())


def lines(*texts: str, **wrong: object) -> bytes:
    reading = about(document=DOCUMENT, version=3)
    header = {
        "document_id": str(DOCUMENT),
        "version": 3,
        "text_version": "text-3",
        "model": MODEL,
        "count": len(texts),
    } | wrong
    bodies = [
        {
            "passage_id": str(one.id),
            "document_id": str(DOCUMENT),
            "ordinal": one.ordinal,
            "page": one.page,
            "heading": None,
            "start": one.start,
            "end": one.end,
            "text": one.text,
            "vector": base64.b64encode(vector(1).data).decode(),
            "later": "fields of a later edition are no trouble",
        }
        for one in passages(reading, *texts)
    ]
    return "\n".join(map(json.dumps, [header, *bodies])).encode()


class TestPassages:
    async def test_passages_and_vectors_are_read(self) -> None:
        content = lines("one cell", "two\u2028cells \0 here")

        contents = await PassagesObject(FakeClaims(content)).read(DOCUMENT, READING, ASKS)

        assert contents.model == MODEL
        texts = [one.passage.text for one in contents.passages]
        assert texts == ["one cell", "two\u2028cells \ufffd here"]
        assert {one.vector for one in contents.passages} == {vector(1).data}

    async def test_a_document_may_have_none(self) -> None:
        contents = await PassagesObject(FakeClaims(lines())).read(DOCUMENT, READING, ASKS)

        assert contents.passages == ()

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"no json",
            lines("one", version=2),
            lines("one", document_id=str(uuid4())),
            lines("one", text_version="other"),
            lines("one", count=2),
            lines("one").replace(b"AAAA", b"", 3),
            lines("one", "two")[:-10],
        ],
    )
    async def test_what_was_not_announced_is_refused(self, content: bytes) -> None:
        with pytest.raises(BadPassages):
            await PassagesObject(FakeClaims(content)).read(DOCUMENT, READING, ASKS)
