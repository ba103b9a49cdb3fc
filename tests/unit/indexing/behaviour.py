"""What indexing expects of whoever stands behind its ports, fake or real."""

import math
import struct
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from contracts.storage import DeleteObject
from services.indexing.model import Embedding, Job, Made, Stage
from services.indexing.ports import Embedder, Store
from shared.boxes import AlreadyHandled
from shared.cause import Cause, Delivery, new_id

OWNER = UUID(int=7)
MADE = Made(1, UUID(int=8), 3, "text", "model")


def heard(number: int = 1) -> Cause:
    """A cause of a message at a listener."""
    return Cause(
        actor=OWNER, delivery=Delivery("indexing-document-processed-v1", str(new_id()), 0, number)
    )


class StoreBehaviour:
    """Inherit, provide `store`, and be held to it."""

    async def test_a_document_has_one_job_new_at_first(self, store: Store) -> None:
        document = uuid4()

        async with store.begin(Cause()) as tx:
            first = await tx.job(document, OWNER)

        async with store.begin(Cause()) as tx:
            assert first == await tx.job(document, OWNER) == Job(document, OWNER)

    async def test_a_job_is_read_as_it_was_put(self, store: Store) -> None:
        job = Job(uuid4(), OWNER, Stage.COMPLETED, 2, 40, 100, 100, 9, (uuid4(), uuid4()), MADE)
        async with store.begin(Cause()) as tx:
            await tx.job(job.document_id, OWNER)
            await tx.put(job)

        async with store.begin(Cause()) as tx:
            assert await tx.job(job.document_id, OWNER) == job

    async def test_what_was_made_is_listed_by_pages_until_it_is_forgotten(
        self, store: Store
    ) -> None:
        jobs = sorted(
            (replace(Job(uuid4(), OWNER, Stage.COMPLETED, 1), made=MADE) for _ in range(5)),
            key=lambda job: job.document_id,
        )
        async with store.begin(Cause()) as tx:
            await tx.job(uuid4(), OWNER)
            for job in jobs:
                await tx.job(job.document_id, OWNER)
                await tx.put(job)
            await tx.put(jobs[3].forgotten())

        async with store.begin(Cause()) as tx:
            first = await tx.made(None, 2)
            rest = await tx.made(first[-1].document_id, 10)

        assert [*first, *rest] == [*jobs[:3], jobs[4]]

    async def test_a_model_may_be_left_out_when_embeddings_are_forgotten(
        self, store: Store
    ) -> None:
        document, content = uuid4(), str(uuid4())
        async with store.begin(Cause()) as tx:
            await tx.keep(document, [Embedding(content, b"old")], "old")
            await tx.keep(document, [Embedding(content, b"new")], "new")

        async with store.begin(Cause()) as tx:
            await tx.forget(document, but="new")

        async with store.begin(Cause()) as tx:
            assert await tx.known(uuid4(), [content], "old") == []
            assert await tx.known(uuid4(), [content], "new") == [Embedding(content, b"new")]

    async def test_an_error_takes_change_and_inbox_with_it(self, store: Store) -> None:
        document, cause = uuid4(), heard()

        async def break_down() -> None:
            async with store.begin(cause) as tx:
                job = await tx.job(document, OWNER)
                await tx.put(replace(job, version=3))
                await tx.keep(document, [Embedding("error", b"1")], "m")
                _ = 1 / 0

        with pytest.raises(ZeroDivisionError):
            await break_down()

        async with store.begin(cause) as tx:
            assert (await tx.job(document, OWNER)).version == 0
            assert await tx.known(document, ["error"], "m") == []

    async def test_a_message_is_handled_once(self, store: Store) -> None:
        cause = heard()
        async with store.begin(cause) as tx:
            await tx.say(DeleteObject(object_id=uuid4()))

        with pytest.raises(AlreadyHandled):
            async with store.begin(cause):
                pytest.fail("it was handled before")

    async def test_embeddings_are_known_by_content_and_model(self, store: Store) -> None:
        document, content = uuid4(), str(uuid4())
        async with store.begin(Cause()) as tx:
            await tx.keep(document, [Embedding(content, b"one")], "m")
            await tx.keep(document, [Embedding(content, b"one")], "m")

        async with store.begin(Cause()) as tx:
            asked = [content, "another"]
            assert await tx.known(document, asked, "m") == [Embedding(content, b"one")]
            assert await tx.known(document, asked, "n") == []

    async def test_forgetting_a_document_drops_what_no_other_one_uses(self, store: Store) -> None:
        first, second, shared, own = uuid4(), uuid4(), str(uuid4()), str(uuid4())
        async with store.begin(Cause()) as tx:
            await tx.keep(first, [Embedding(shared, b"1"), Embedding(own, b"2")], "m")
            assert len(await tx.known(second, [shared], "m")) == 1

        async with store.begin(Cause()) as tx:
            await tx.forget(first)

        async with store.begin(Cause()) as tx:
            assert await tx.known(uuid4(), [shared, own], "m") == [Embedding(shared, b"1")]

    async def test_keeping_nothing_is_nothing(self, store: Store) -> None:
        async with store.begin(Cause()) as tx:
            await tx.keep(uuid4(), [], "m")
            assert await tx.known(uuid4(), [], "m") == []


class EmbedderBehaviour:
    """Inherit, provide `embedder`, and be held to it."""

    async def test_each_text_gets_a_unit_vector_of_384_numbers(self, embedder: Embedder) -> None:
        for vectors in (
            await embedder.embed(["A cat sat on the mat.", "No.", "Rain " * 300]),
            await embedder.embed_now(["cats", "mats", "rain"]),
        ):
            assert len(vectors) == 3
            for vector in vectors:
                numbers = struct.unpack("<384f", vector)
                assert sum(number**2 for number in numbers) == pytest.approx(1, abs=1e-4)

    async def test_vectors_come_in_the_order_of_the_texts(self, embedder: Embedder) -> None:
        texts = ["The cell is the unit of life.", "Peace was made.", "Iron is a metal."]

        together = await embedder.embed(texts)

        for text, vector in zip(texts, together, strict=True):
            (alone,) = await embedder.embed_now([text])
            assert cosine(vector, alone) > 0.97

    async def test_the_model_has_a_lasting_name(self, embedder: Embedder) -> None:
        assert embedder.model == embedder.model != ""

    async def test_longer_texts_count_more(self, embedder: Embedder) -> None:
        short, long = embedder.count(["two words", "two words " * 50])

        assert 2 <= short <= 3
        assert long > 40 * short


def cosine(one: bytes, other: bytes) -> float:
    """Compare two unit vectors."""
    pairs = zip(struct.unpack("<384f", one), struct.unpack("<384f", other), strict=True)
    return math.fsum(a * b for a, b in pairs)
