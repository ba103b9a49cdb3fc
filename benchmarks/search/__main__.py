"""Measure search: `COLLECTION=path python -m benchmarks.search`.

`COLLECTION` is a folder with a judged collection (benchmarks/search/collection.py tells which
layouts are read). `SIZES` (1000,10000,100000) are the libraries that are timed; none with `SIZES=`.
`MODEL` is a folder that `python -m deploy.model --to` filled; one is made where none is named.
"""

import asyncio
import os
import sys
from pathlib import Path

from benchmarks.search.collection import Collection, NoCollection, read
from benchmarks.search.library import library
from benchmarks.search.quality import FIRST, rate
from benchmarks.search.speed import Pace, enlarge, time
from benchmarks.tables import percentile, table
from contracts.search import SearchMode
from deploy.model.keep import export
from services.indexing.embed.local import LocalEmbedder
from tests.servers import Postgres, postgres, reachable_directory

_MODES = (SearchMode.TEXT, SearchMode.SEMANTIC, SearchMode.HYBRID)


def main() -> int:
    """Read the collection, rate and time, print."""
    told = os.environ.get("COLLECTION")
    if not told:
        print("Say which collection: COLLECTION=path/to/a/folder", file=sys.stderr)
        return 2
    try:
        collection = read(Path(told))
    except NoCollection as missing:
        print(missing, file=sys.stderr)
        return 2
    sizes = [int(one) for one in os.environ.get("SIZES", "1000,10000,100000").split(",") if one]
    with reachable_directory() as directory, postgres(directory) as server:
        model = LocalEmbedder(_model(directory))
        try:
            asyncio.run(_measure(collection, sizes, server, directory, model))
        finally:
            model.close()
    return 0


async def _measure(
    collection: Collection,
    sizes: list[int],
    server: Postgres,
    directory: Path,
    model: LocalEmbedder,
) -> None:
    print(
        f"{collection.name}: {len(collection.writings)} documents,"
        f" {len(collection.questions)} judged questions; {_load()}",
        flush=True,
    )
    async with library(server, directory / "judged", model) as place:
        await place.add(collection)
        rated = {mode: await rate(place, collection, mode) for mode in _MODES}
        head = (f"{place.passages} passages", f"nDCG@{FIRST}", f"recall@{FIRST}")
    rows = [(mode.value, f"{one.ndcg:.3f}", f"{one.recall:.3f}") for mode, one in rated.items()]
    print(table(head, rows), flush=True)
    for size in sizes:
        async with library(server, directory / f"made-{size}", model) as place:
            await enlarge(place, collection, size)
            print(_paced(size, await time(place, collection)), flush=True)


def _paced(size: int, pace: Pace) -> str:
    timed = {mode.value: pace.answers[mode] for mode in _MODES}
    timed["of that: embedding the question"] = pace.embedding
    rows = [
        (name, *(f"{percentile(seconds, share) * 1_000:.1f}" for share in (0.5, 0.95)))
        for name, seconds in timed.items()
    ]
    return f"\n{_load()}\n" + table((f"{size:,} made passages, ms", "p50", "p95"), rows)


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def _model(directory: Path) -> Path:
    told = os.environ.get("MODEL")
    if told:
        return Path(told)
    folder = directory / "model"
    export(folder, print)
    return folder


if __name__ == "__main__":
    raise SystemExit(main())
