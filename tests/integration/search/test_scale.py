"""A caller who owns ten passages among 100,000 of others' gets all ten, soon, in every mode."""

import asyncio
import random
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import numpy.typing as npt
import pytest

from contracts.search import FindPassages, SearchMode
from services.search.index.embedded import EmbeddedTextIndex
from services.search.model.passage import About, Embedded, Vector
from services.search.service.finding import Finding
from services.search.service.leg import Leg
from services.search.store import vectors as pgvector
from services.search.store.vectors import PgVectorIndex
from shared.cause import Cause
from shared.migrations import upgrade
from tests.servers import Postgres
from tests.unit.search.examples import ANNA, BERT, MODEL, about, passages
from tests.unit.search.fakes import FakeEmbedder

FOREIGN = 100_000
A_DOCUMENT = 500
OWNERS = [BERT, *(uuid4() for _ in range(9))]
WORDS = [
    one + two
    for one in re.findall("..", "badefigohujakelimonupare")
    for two in (re.findall("...", "batceldinfoggulhomjinkap"))
]
CANARY = "canary"
TOPICS = np.random.default_rng(0).standard_normal((24, 384)) / 384**0.5
SMALL_GRAPH = (
    "CREATE INDEX vectors_meaning ON vectors"
    " USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops) WITH (m = 8, ef_construction = 24)"
)


@dataclass(frozen=True)
class Library:
    """Both indexes, full."""

    url: str
    folder: Path


@pytest.fixture(scope="session")
def library(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Fill both indexes once; the graph is built when all rows are there, which takes a tenth."""
    folder = tmp_path_factory.mktemp("search") / "text"
    return asyncio.run(_filled(postgres, folder))


@pytest.fixture
async def finding(library: Library) -> AsyncGenerator[Finding]:
    text = EmbeddedTextIndex.open(library.folder)
    vectors = await PgVectorIndex.connect(library.url)
    embedder = FakeEmbedder(known=_Anything())
    yield Finding(text, vectors, embedder, Leg("text", patience=30), Leg("semantic", patience=30))
    await vectors.close()
    text.close()


@pytest.mark.parametrize("mode", SearchMode)
@pytest.mark.parametrize("exact", [True, False], ids=["compared", "walked"])
async def test_all_ten_are_found_among_a_hundred_thousand_of_others(
    finding: Finding, mode: SearchMode, monkeypatch: pytest.MonkeyPatch, *, exact: bool
) -> None:
    if not exact:
        monkeypatch.setattr(pgvector, "EXACT_UP_TO", 0)

    answer = await finding.find(
        FindPassages(q=f"{WORDS[0]} {WORDS[1]}", mode=mode, limit=50), Cause(actor=ANNA)
    )

    assert (answer.mode, answer.degraded) == (mode, False)
    assert sorted(hit.text for hit in answer.results) == sorted(_mine())
    assert answer.total == 10


@pytest.mark.parametrize("mode", SearchMode)
async def test_a_filter_costs_no_results_either(finding: Finding, mode: SearchMode) -> None:
    whole = await finding.find(FindPassages(q=WORDS[0], mode=mode), Cause(actor=ANNA))
    for hit in whole.results:
        asked = FindPassages(q=WORDS[0], mode=mode, document_id=hit.document_id, tag=hit.title)

        answer = await finding.find(asked, Cause(actor=ANNA))

        assert {found.document_id for found in answer.results} == {hit.document_id}
        assert len(answer.results) == answer.total == 2


@pytest.mark.parametrize("mode", SearchMode)
async def test_what_others_wrote_shows_nowhere(finding: Finding, mode: SearchMode) -> None:
    answer = await finding.find(
        FindPassages(q=CANARY, mode=mode, limit=50, explain=True), Cause(actor=ANNA)
    )

    said = answer.model_dump_json(exclude={"query"})
    assert CANARY not in said
    assert answer.total == (10 if mode is SearchMode.SEMANTIC else 0)


@pytest.mark.parametrize("owner", [ANNA, BERT], ids=["of ten", "of half of them"])
async def test_no_answer_looks_at_all_that_others_have(finding: Finding, owner: UUID) -> None:
    """Ten times what it takes at most: how fast it is, the benchmark says."""
    choose = random.Random(5)  # noqa: S311
    took = sorted([await _seconds(finding, owner, choose) for _ in range(40)])

    assert took[20] <= 0.3, f"half took longer: {took}"


async def _seconds(finding: Finding, owner: UUID, choose: random.Random) -> float:
    asked = FindPassages(q=" ".join(choose.choices(WORDS, k=4)), explain=True)
    started = perf_counter()
    answer = await finding.find(asked, Cause(actor=owner))
    assert not answer.degraded
    return perf_counter() - started


class _Anything(dict[str, Vector]):
    """A vector for every text, the same at every time."""

    def __missing__(self, text: str) -> Vector:
        return Vector(MODEL, _directions(random.Random(text).randrange(2**32), 1)[0].tobytes())  # noqa: S311


def _directions(seed: int, count: int) -> npt.NDArray[np.float32]:
    """Unit vectors as texts have them: few things vary in many dimensions."""
    chance = np.random.default_rng(seed)
    loose = chance.standard_normal((count, 24)) @ TOPICS
    loose += 0.02 * chance.standard_normal((count, 384))
    whole: npt.NDArray[np.float32] = loose.astype("<f4")
    whole /= np.linalg.norm(whole, axis=1, keepdims=True)
    return whole


def _mine() -> list[str]:
    return [f"{WORDS[0]} and {word}" for word in WORDS[1:11]]


async def _filled(postgres: Postgres, folder: Path) -> Library:
    url = await postgres.fresh_database(vector=True)
    await upgrade(url, "search")
    text = EmbeddedTextIndex.open(folder)
    vectors = await PgVectorIndex.connect(url)
    where = {"search_path": "edition_0,public"}
    plain = await asyncpg.connect(url.replace("+asyncpg", ""), server_settings=where)
    await plain.execute("DROP INDEX vectors_meaning")
    for document, texts in _books():
        directions = _directions(document.document_id.int % 2**32, len(texts))
        whole = passages(document, *texts)
        embedded = [
            Embedded(one, vector.tobytes()) for one, vector in zip(whole, directions, strict=True)
        ]
        await asyncio.gather(text.put(document, whole), vectors.put(document, MODEL, embedded))
    await plain.execute("SET maintenance_work_mem = '512MB'")
    await plain.execute(SMALL_GRAPH)
    await plain.execute("ANALYZE")
    await plain.close()
    await vectors.close()
    text.close()
    return Library(url, folder)


def _books() -> list[tuple[About, list[str]]]:
    """Half of the foreign passages are one person's, the others nine people's; then our ten."""
    choose = random.Random(7)  # noqa: S311
    books: list[tuple[About, list[str]]] = []
    for number in range(FOREIGN // A_DOCUMENT):
        owner = OWNERS[number % 10 if number % 2 else 0]
        texts = [" ".join(choose.choices(WORDS, k=12)) for _ in range(A_DOCUMENT - 1)]
        books.append((about(owner, title=f"{CANARY} {number}"), [*texts, f"{CANARY} {WORDS[0]}"]))
    mine = _mine()
    for number in range(0, 10, 2):
        name = f"mine {number}"
        books.append((about(ANNA, title=name, tags=[name]), mine[number : number + 2]))
    return books
