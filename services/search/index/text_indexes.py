"""Text indexes of several editions on this machine's disk, each in a folder of its own."""

import asyncio
import shutil
from pathlib import Path
from typing import Final

from services.search.index.embedded import EmbeddedTextIndex

_NAME: Final = "edition-"


class EmbeddedTextIndexes:
    """Tantivy's indexes; one process may use them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: dict[int, EmbeddedTextIndex] = {}

    async def open(self, generation: int) -> EmbeddedTextIndex:
        """Open what stands there now, or an empty one; `IndexTaken` by another process."""
        known = self._opened.get(generation)
        if known is not None and not await asyncio.to_thread(known.stands):
            del self._opened[generation]
            await asyncio.to_thread(known.close)
            known = None
        if known is None:
            known = await asyncio.to_thread(EmbeddedTextIndex.open, self._place(generation))
            self._opened[generation] = known
        return known

    async def drop(self, generation: int) -> None:
        """Delete an edition's index."""
        opened = self._opened.pop(generation, None)
        if opened is not None:
            await asyncio.to_thread(opened.close)
        await asyncio.to_thread(shutil.rmtree, self._place(generation), ignore_errors=True)

    async def generations(self) -> set[int]:
        """Tell of which editions there are any."""
        return {
            int(place.name.removeprefix(_NAME)) for place in self._folder.glob(f"{_NAME}[0-9]*")
        }

    async def close(self) -> None:
        """Let the writers finish and the next process in."""
        for opened in self._opened.values():
            await asyncio.to_thread(opened.close)

    def _place(self, generation: int) -> Path:
        return self._folder / f"{_NAME}{generation}"
