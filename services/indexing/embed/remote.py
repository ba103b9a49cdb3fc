"""A model behind an OpenAI-compatible `POST /v1/embeddings`, wherever it runs."""

import array
import hashlib
import math
import sys
from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from services.indexing.model import CannotIndex
from services.indexing.ports import NOBODY
from shared.problems import Away
from shared.resilience import Effort, Policy

TIMEOUT = httpx.Timeout(60.0, connect=3.0)
EFFORT = Effort(within=65.0, tries=3, first=0.2)
LETTERS_A_TOKEN = 4
_OURS = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}


class _Item(BaseModel):
    """One vector and the place of its text."""

    index: int
    embedding: list[float]


class _Answer(BaseModel):
    """What the endpoint answers."""

    data: list[_Item]


class RemoteEmbedder:
    """Asks another machine. Its trouble is `Away`; only a refusal of our texts is theirs."""

    def __init__(self, url: str, model: str, *, key: str = "", dimensions: int = 384) -> None:
        self._url = f"{url.rstrip('/')}/embeddings"
        self._name = model
        self._dimensions = dimensions
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, headers=headers)
        self.policy = Policy(f"embedder-{model}", EFFORT, spares=(CannotIndex,))
        self.model = hashlib.sha256(f"{self._url} {model} {dimensions}".encode()).hexdigest()

    async def close(self) -> None:
        """Let the connections go."""
        await self._http.aclose()

    def count(self, texts: Sequence[str]) -> list[int]:
        return [max(len(text.split()), len(text) // LETTERS_A_TOKEN) for text in texts]

    async def embed(self, texts: Sequence[str], owner: UUID = NOBODY) -> list[bytes]:
        """Embed a batch; the other machine is not asked to be fair, so `owner` is nothing to it."""
        _ = owner
        return await self.policy.run(lambda: self._embed(texts))

    async def embed_now(self, texts: Sequence[str]) -> list[bytes]:
        return await self.embed(texts)

    async def _embed(self, texts: Sequence[str]) -> list[bytes]:
        return self._vectors(await self._ask(texts), len(texts))

    async def _ask(self, texts: Sequence[str]) -> bytes:
        body = {"model": self._name, "input": list(texts), "encoding_format": "float"}
        try:
            response = await self._http.post(self._url, json=body)
        except httpx.TransportError as gone:
            raise Away(f"the embedding service cannot be reached: {type(gone).__name__}") from gone
        if response.status_code in _OURS:
            raise CannotIndex(
                "embedding-refused", f"The embedding service answered {response.status_code}."
            )
        if not response.is_success:
            raise Away(f"the embedding service answered {response.status_code}")
        return response.content

    def _vectors(self, body: bytes, expected: int) -> list[bytes]:
        try:
            items = sorted(_Answer.model_validate_json(body).data, key=lambda item: item.index)
        except ValidationError as unreadable:
            raise Away("the embedding service's answer cannot be read") from unreadable
        if [item.index for item in items] != list(range(expected)):
            raise Away(f"the embedding service answered {len(items)} of {expected} vectors")
        return [self._unit(item.embedding) for item in items]

    def _unit(self, vector: list[float]) -> bytes:
        if len(vector) != self._dimensions:
            raise Away(
                f"the embedding service makes vectors of {len(vector)} numbers,"
                f" but {self._dimensions} are set"
            )
        length = math.hypot(*vector) or 1.0
        unit = array.array("f", (value / length for value in vector))
        if sys.byteorder == "big":
            unit.byteswap()
        return unit.tobytes()
