"""Answers how a few texts are embedded, by the model that whoever asks compares with."""

import array
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from contracts.indexing import Embedded, EmbedTexts
from services.indexing.ports import Embedder
from shared.cause import Cause
from shared.problems import Problem


class UnknownModel(
    Problem,
    code="unknown-model",
    status=HTTPStatus.CONFLICT,
    title="This model is not available",
):
    """Vectors of it cannot be made any more, or not yet."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The verb that reads. While vectors move to a new model, the former one answers too."""

    newest: Embedder
    former: Sequence[Embedder] = ()

    async def embed(self, asked: EmbedTexts, _: Cause) -> Embedded:
        """Embed a few texts at once, whatever else is being embedded."""
        embedder = self._of(asked.model)
        vectors = await embedder.embed_now(asked.texts)
        return Embedded(vectors=[_numbers(vector) for vector in vectors], model=embedder.model)

    def _of(self, model: str | None) -> Embedder:
        if model is None:
            return self.newest
        for one in (self.newest, *self.former):
            if one.model == model:
                return one
        raise UnknownModel(
            f"Indexing has no model {model[:12]}…: name it as the former one until all is embedded"
            " again (`former_…` settings of indexing)."
        )


def _numbers(vector: bytes) -> list[float]:
    numbers = array.array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()
