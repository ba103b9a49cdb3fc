"""The embedder behind HTTP keeps the same promises, and tells its trouble from ours."""

from collections.abc import AsyncGenerator, Generator

import pytest

from services.indexing.embed.remote import RemoteEmbedder
from services.indexing.model import CannotIndex
from shared.problems import Away
from tests.unit.indexing.behaviour import EmbedderBehaviour
from tests.unit.indexing.endpoint import Endpoint, endpoint


@pytest.fixture
def script() -> Generator[Endpoint]:
    with endpoint() as script:
        yield script


@pytest.fixture
async def embedder(script: Endpoint) -> AsyncGenerator[RemoteEmbedder]:
    embedder = RemoteEmbedder(script.url, "minilm", key="secret")
    yield embedder
    await embedder.close()


class TestRemoteEmbedder(EmbedderBehaviour):
    async def test_the_key_goes_with_each_request(
        self, script: Endpoint, embedder: RemoteEmbedder
    ) -> None:
        await embedder.embed(["text"])

        assert script.keys == {"Bearer secret"}

    @pytest.mark.parametrize("status", [400, 413, 422])
    async def test_texts_that_it_refuses_cannot_be_indexed(
        self, script: Endpoint, embedder: RemoteEmbedder, status: int
    ) -> None:
        script.status = status

        with pytest.raises(CannotIndex, match="embedding-refused"):
            await embedder.embed(["text"])

    @pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
    async def test_its_own_trouble_is_waited_for(
        self, script: Endpoint, embedder: RemoteEmbedder, status: int
    ) -> None:
        script.status = status

        with pytest.raises(Away, match=str(status)):
            await embedder.embed(["text"])

    async def test_what_fails_once_is_asked_again(
        self, script: Endpoint, embedder: RemoteEmbedder
    ) -> None:
        script.spoil = lambda whole: b"" if script.batches == 1 else whole

        assert len(await embedder.embed(["text"])) == 1
        assert script.batches == 2

    async def test_one_in_trouble_is_left_alone_for_a_while(
        self, script: Endpoint, embedder: RemoteEmbedder
    ) -> None:
        script.status = 503
        for _ in range(5):
            with pytest.raises(Away):
                await embedder.embed(["text"])

        assert embedder.policy.state == "opened"
        assert script.batches == 3

    async def test_refused_texts_are_no_trouble_of_its_own(
        self, script: Endpoint, embedder: RemoteEmbedder
    ) -> None:
        script.status = 422
        for _ in range(5):
            with pytest.raises(CannotIndex):
                await embedder.embed(["text"])

        assert embedder.policy.state == "closed"
        assert script.batches == 5

    @pytest.mark.parametrize("answer", [b"", b"{}", b'{"data": []}', b"<html>"])
    async def test_an_answer_that_cannot_be_used_is_its_own_trouble(
        self, script: Endpoint, embedder: RemoteEmbedder, answer: bytes
    ) -> None:
        script.spoil = lambda _: answer

        with pytest.raises(Away):
            await embedder.embed(["text"])

    async def test_vectors_of_another_length_are_refused_by_name(
        self, script: Endpoint, embedder: RemoteEmbedder
    ) -> None:
        script.dimensions = 1_536

        with pytest.raises(Away, match="1536 numbers, but 384"):
            await embedder.embed(["text"])

    async def test_nobody_there_is_waited_for(self) -> None:
        embedder = RemoteEmbedder("http://127.0.0.1:9/v1", "minilm")

        with pytest.raises(Away, match="cannot be reached"):
            await embedder.embed(["text"])

        await embedder.close()

    def test_another_model_has_another_name(self, script: Endpoint) -> None:
        one, other = RemoteEmbedder(script.url, "a"), RemoteEmbedder(script.url, "b")

        assert one.model != other.model
