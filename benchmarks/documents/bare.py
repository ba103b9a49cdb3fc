"""The bare script: reads, cuts, embeds and indexes one document after another, and no more.

It calls the services' own functions in one process, without a bus, children or transactions of
its own. It works off one line of standard input at a time: a list of documents as JSON.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from uuid import UUID

from services.document.extract.child import text_object
from services.document.extract.formats import extract
from services.document.extract.outcome import Limits
from services.indexing.embed.local import LocalEmbedder
from services.indexing.model import Passage as Cut
from services.indexing.objects import BETWEEN_HEADINGS, read_text
from services.indexing.passages.cut import cut
from services.indexing.service.work import BATCH
from services.search.index.embedded import EmbeddedTextIndex
from services.search.model.passage import About, Description, Embedded, Passage
from services.search.store.vectors import PgVectorIndex
from shared.cause import new_id


@dataclass(frozen=True, slots=True)
class Place:
    """Where the script keeps what it makes, and where the model is."""

    database_url: str
    index: str
    model: str


@dataclass(slots=True)
class Script:
    """One process that does it all."""

    embedder: LocalEmbedder
    vectors: PgVectorIndex
    text: EmbeddedTextIndex
    owner: UUID = field(default_factory=new_id)
    stages: dict[str, float] = field(default_factory=dict)
    passages: int = 0

    async def add(self, path: str, media_type: str) -> None:
        """Make one document searchable."""
        document = new_id()
        with self._stage("read"):
            extracted = extract(Path(path), media_type, Limits())
            content, version = text_object(extracted), extracted.version
        with self._stage("cut"):
            cuts = cut(read_text(content, version), self.embedder.count)
        with self._stage("embed"):
            vectors = await self._embed(cuts)
        about = About(document, self.owner, 1, version, Description(Path(path).stem))
        embedded = [
            Embedded(_passage(one, document, version), vectors[one.content]) for one in cuts
        ]
        with self._stage("index vectors"):
            await self.vectors.put(about, self.embedder.model, embedded)
        with self._stage("index words"):
            await self.text.put(about, [one.passage for one in embedded])
        self.passages += len(cuts)

    async def _embed(self, cuts: Sequence[Cut]) -> dict[str, bytes]:
        """Embed as the service does: like lengths together, a few at a time."""
        wanted = sorted({one.content: one for one in cuts}.values(), key=lambda one: len(one.text))
        vectors: dict[str, bytes] = {}
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            made = await self.embedder.embed([one.text for one in batch])
            vectors.update(zip((one.content for one in batch), made, strict=True))
        return vectors

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        begun = perf_counter()
        yield
        self.stages[name] = self.stages.get(name, 0.0) + perf_counter() - begun


def _passage(one: Cut, document: UUID, version: str) -> Passage:
    return Passage(
        id=one.id_in(document, version),
        ordinal=one.ordinal,
        page=one.page,
        heading=BETWEEN_HEADINGS.join(one.path) or None,
        start=one.start,
        end=one.end,
        text=one.text,
    )


async def main(place: Place) -> None:
    """Work off list after list, and tell what each cost."""
    embedder = LocalEmbedder(Path(place.model))
    vectors = await PgVectorIndex.connect(place.database_url)
    text = EmbeddedTextIndex.open(Path(place.index))
    script = Script(embedder, vectors, text)
    await embedder.embed(["The model is loaded before anything is measured."])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        script.stages.clear()
        script.passages = 0
        begun = perf_counter()
        for path, media_type in json.loads(line):
            await script.add(path, media_type)
        told = {"seconds": perf_counter() - begun, "stages": script.stages}
        sys.stdout.write(json.dumps(told | {"passages": script.passages}) + "\n")
        sys.stdout.flush()
    text.close()
    await vectors.close()
    embedder.close()


if __name__ == "__main__":
    asyncio.run(main(Place(**json.loads(sys.argv[1]))))
