"""The benchmark of search reads both layouts, and rates and times with search's own code."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.search.collection import Collection, NoCollection, read
from benchmarks.search.library import library
from benchmarks.search.quality import rate
from benchmarks.search.speed import enlarge, time
from contracts.search import SearchMode
from deploy.model.keep import export
from services.indexing.embed.local import LocalEmbedder
from tests.servers import Postgres

WRITINGS = {
    "1": ("Leaves", "Leaves are green because they throw back green light. They feed the plant."),
    "2": ("Stars", "Stars shine because hydrogen becomes helium. They live for a long time."),
    "3": ("Bread", "Bread rises because yeast makes gas. It is baked in an oven."),
}
QUESTIONS = {"1": "why do leaves look green?", "2": "what makes bread rise?", "3": "unjudged"}
RELEVANT = {"1": "1", "2": "3"}


def as_beir(folder: Path) -> None:
    (folder / "qrels").mkdir()
    corpus = [
        json.dumps({"_id": number, "title": title, "text": text})
        for number, (title, text) in WRITINGS.items()
    ]
    (folder / "corpus.jsonl").write_text("\n".join(corpus))
    asked = [json.dumps({"_id": number, "text": text}) for number, text in QUESTIONS.items()]
    (folder / "queries.jsonl").write_text("\n".join(asked))
    rows = [f"{question}\t{document}\t1" for question, document in RELEVANT.items()]
    rows += ["1\t2\t0", "1\tunknown\t1"]
    (folder / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *rows]))


def as_cranfield(folder: Path) -> None:
    """Write the classical files; questions have numbers that the judgements do not use."""
    corpus = [
        f".I {number}\n.T\n{title}\n.A\nNobody\n.W\n{text}\n"
        for number, (title, text) in WRITINGS.items()
    ]
    (folder / "cran.all.1400").write_text("".join(corpus))
    asked = [f".I {number:0>3}0\n.W\n{text}\n" for number, text in QUESTIONS.items()]
    (folder / "cran.qry").write_text("".join(asked))
    rows = [f"{question} {document} 3" for question, document in RELEVANT.items()]
    (folder / "cranqrel").write_text("\n".join([*rows, "1 2 -1"]))


def as_cisi(folder: Path) -> None:
    as_cranfield(folder)
    (folder / "cran.all.1400").rename(folder / "CISI.ALL")
    (folder / "cran.qry").rename(folder / "CISI.QRY")
    (folder / "cranqrel").unlink()
    rows = [f"   {question}   {document}\t0\t0.000000" for question, document in RELEVANT.items()]
    (folder / "CISI.REL").write_text("\n".join(rows))


@pytest.mark.parametrize("write", [as_beir, as_cranfield, as_cisi])
def test_every_layout_gives_the_same_collection(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    write(tmp_path)

    collection = read(tmp_path)

    assert {one.id: (one.title, one.text) for one in collection.writings} == WRITINGS
    assert collection.questions == {number: QUESTIONS[number] for number in RELEVANT}
    assert collection.judged == {question: {one: 1.0} for question, one in RELEVANT.items()}


def test_a_folder_without_a_collection_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NoCollection, match=r"corpus\.jsonl"):
        read(tmp_path)


async def test_a_tiny_collection_is_rated_and_timed(postgres: Postgres, tmp_path: Path) -> None:
    as_beir(tmp_path)
    collection: Collection = read(tmp_path)
    export(tmp_path / "model", lambda _: None)
    model = LocalEmbedder(tmp_path / "model")

    async with library(postgres, tmp_path / "judged", model) as place:
        await place.add(collection)
        scores = {mode: await rate(place, collection, mode) for mode in SearchMode}
    async with library(postgres, tmp_path / "made", model) as place:
        await enlarge(place, collection, 250)
        pace = await time(place, collection, asked=3)
    model.close()

    assert scores[SearchMode.HYBRID].ndcg == scores[SearchMode.SEMANTIC].ndcg == 1.0
    assert scores[SearchMode.TEXT].recall == 1.0
    assert place.passages == 250
    assert {len(seconds) for seconds in pace.answers.values()} == {3}
