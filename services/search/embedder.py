"""Query vectors from indexing, which has the model; the latest ones are remembered."""

import sys
from array import array
from collections import OrderedDict
from typing import Final, Protocol, TypeVar

from contracts.indexing import EmbedTexts
from services.search.model.passage import Vector
from shared.cause import Cause
from shared.messages import Answer, Request

WITHIN: Final = 2.0
REMEMBERED: Final = 1_000

A = TypeVar("A", bound=Answer)


class Asking(Protocol):
    """The one thing we need of the bus."""

    async def ask(self, request: Request[A], cause: Cause, *, within: float = 5.0) -> A: ...


class BusEmbedder:
    """Asks indexing, unless somebody asked the same lately."""

    def __init__(
        self, bus: Asking, *, within: float = WITHIN, remembered: int = REMEMBERED
    ) -> None:
        self._bus = bus
        self._within = within
        self._most = remembered
        self._known: OrderedDict[str, Vector] = OrderedDict()

    async def embed(self, text: str, cause: Cause) -> Vector:
        """Embed it as the passages were, or raise `Away`."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        answer = await self._bus.ask(EmbedTexts(texts=[text]), cause, within=self._within)
        vector = Vector(answer.model, _packed(answer.vectors[0]))
        self._known[text] = vector
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return vector

    def distrust(self, text: str) -> None:
        """Forget a vector that was remembered for a text: its model has changed."""
        self._known.pop(text, None)


def _packed(values: list[float]) -> bytes:
    packed = array("f", values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()
