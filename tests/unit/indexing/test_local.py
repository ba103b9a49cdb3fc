"""The model on this machine keeps the embedder's promises."""

import asyncio
import math
import shutil
import struct
from collections.abc import Generator
from pathlib import Path

import pytest

from deploy.model.keep import FINGERPRINT, MODEL, export
from services.indexing.embed.local import LocalEmbedder, ModelMissing
from shared.problems import Away
from tests.unit.indexing.behaviour import EmbedderBehaviour, cosine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    export(folder, lambda _: None)
    return folder


@pytest.fixture
def embedder(folder: Path) -> Generator[LocalEmbedder]:
    embedder = LocalEmbedder(folder)
    yield embedder
    embedder.close()


class TestLocalEmbedder(EmbedderBehaviour):
    async def test_a_paraphrase_is_nearer_than_another_sentence(
        self, embedder: LocalEmbedder
    ) -> None:
        text, near, far = await embedder.embed(
            ["The heart pumps blood.", "Blood is moved by the heart.", "Paris is in France."]
        )

        assert cosine(text, near) > 0.7
        assert cosine(text, far) < 0.3

    async def test_its_name_is_the_fingerprint_of_its_files(
        self, embedder: LocalEmbedder, folder: Path
    ) -> None:
        assert embedder.model == (folder / FINGERPRINT).read_text().strip()

    async def test_a_blank_text_has_a_vector_too(self, embedder: LocalEmbedder) -> None:
        (vector,) = await embedder.embed_now([""])

        assert math.hypot(*struct.unpack("<384f", vector)) == pytest.approx(1, abs=1e-4)

    async def test_nothing_is_to_be_tidied_up_after_it_was_closed(self, folder: Path) -> None:
        loop, complaints, over = asyncio.get_running_loop(), list[object](), asyncio.Event()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        embedder = LocalEmbedder(folder, rest=0.5)
        await asyncio.gather(embedder.embed(["a heart"]), embedder.embed(["a lung", "a liver"]))

        embedder.close()

        loop.call_later(0.6, over.set)
        await over.wait()
        assert complaints == []

    def test_without_a_model_it_says_how_to_make_one(self, tmp_path: Path) -> None:
        with pytest.raises(ModelMissing, match=r"python -m deploy\.model --to"):
            LocalEmbedder(tmp_path)

    async def test_a_model_that_changed_since_the_start_is_not_used(
        self, folder: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
        embedder = LocalEmbedder(tmp_path)
        (tmp_path / MODEL).write_bytes(b"another model")

        with pytest.raises(Away, match="restart"):
            await embedder.embed_now(["text"])
