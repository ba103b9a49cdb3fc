"""Query vectors from indexing, which has the model; the latest ones are remembered.

A vector follows from the model and the words alone, whoever searches, and for ever: all replicas
share a cache of them, and no change of documents makes one wrong.
"""

import sys
from array import array
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from contracts.indexing import EmbedTexts
from services.search.model.passage import Kind, OtherModel, Vector
from shared.cause import Cause
from shared.problems import Refused
from shared.requests import Asking

WITHIN: Final = 2.0
REMEMBERED: Final = 1_000
UNKNOWN: Final = "unknown-model"
"""What indexing says of a model that it does not have any more: which no searcher can help."""

PROBE: Final = "a few words"
PATIENCE: Final = 30.0
"""Seconds for a model that is perhaps loaded first."""


class Shared(Protocol):
    """What other replicas remember, too, and we from before we were started."""

    async def get(self, *about: str) -> bytes | None: ...

    async def put(self, value: bytes, *about: str) -> None: ...


class BusEmbedder:
    """Asks indexing, unless somebody asked the same lately."""

    def __init__(
        self,
        bus: Asking,
        model: Callable[[], str],
        *,
        cache: Shared,
        within: float = WITHIN,
        remembered: int = REMEMBERED,
    ) -> None:
        """Embed by the model that `model` names at the time, by the newest where it names none."""
        self._bus = bus
        self._model = model
        self._cache = cache
        self._within = within
        self._most = remembered
        self._known: OrderedDict[tuple[str, str], Vector] = OrderedDict()

    async def embed(self, text: str, cause: Cause) -> Vector:
        """Embed it as the passages were, or raise `Away`; `OtherModel` if nobody can any more."""
        model = self._model()
        known = self._known.get((model, text))
        if known is not None:
            self._known.move_to_end((model, text))
            return known
        vector = await self._looked_up(model, text) or await self._asked(model, text, cause)
        self._known[model, text] = vector
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return vector

    async def _looked_up(self, model: str, text: str) -> Vector | None:
        """Look it up, if it is known by which model: the newest may be another by now."""
        found = await self._cache.get(model, text) if model else None
        return None if found is None else Vector(model, found)

    async def _asked(self, model: str, text: str, cause: Cause) -> Vector:
        asked = EmbedTexts(texts=[text], model=model or None)
        try:
            answer = await self._bus.ask(asked, cause, within=self._within)
        except Refused as refused:
            if refused.code == UNKNOWN:
                raise OtherModel(refused.detail) from refused
            raise
        vector = Vector(answer.model, _packed(answer.vectors[0]))
        await self._cache.put(vector.data, answer.model, text)
        return vector

    def distrust(self, text: str) -> None:
        """Forget a vector that was remembered for a text: its model has changed."""
        self._known.pop((self._model(), text), None)

    async def newest(self, cause: Cause) -> Kind:
        """Tell by which model passages are embedded now."""
        answer = await self._bus.ask(EmbedTexts(texts=[PROBE]), cause, within=PATIENCE)
        return Kind(answer.model, len(answer.vectors[0]))


def _packed(values: list[float]) -> bytes:
    packed = array("f", values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()
