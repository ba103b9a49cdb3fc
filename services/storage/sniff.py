"""Magika: guesses content types with a small model that ships inside its wheel."""

import asyncio
from typing import Self

from magika import Magika

from services.storage.content import Guess


class MagikaSniffer:
    """A `Sniffer` that asks Magika, in a thread."""

    def __init__(self, magika: Magika) -> None:
        self._magika = magika

    @classmethod
    async def load(cls) -> Self:
        """Load the model, which takes a moment."""
        return cls(await asyncio.to_thread(Magika))

    async def guess(self, sample: bytes) -> Guess:
        """Say what the bytes look like."""
        result = await asyncio.to_thread(self._magika.identify_bytes, sample)
        output = result.output
        return Guess(output.label, output.description, result.score, output.group)
