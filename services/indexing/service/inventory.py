"""What indexing knows of, for others to compare with; and what it keeps that nobody needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.orphans import Known, WhichDocumentsLive, WhichObjectsOfPassages, unknown
from services.indexing.ports import Stock
from shared.cause import Cause
from shared.requests import Asking


@dataclass(frozen=True, slots=True)
class Inventory:
    """The verbs; ids come in and ids go out, whoever they belong to."""

    stock: Stock
    bus: Asking

    async def which_held(self, asked: WhichObjectsOfPassages, _: Cause) -> Known:
        """Tell which objects a job refers to."""
        return Known(ids=sorted(await self.stock.referred_to(asked.ids)))

    async def look(self, cause: Cause) -> Mapping[str, set[str]]:
        """Find jobs of documents that there are not, and embeddings that no document uses."""
        jobs = await self.stock.jobs()
        gone = await unknown(self.bus, WhichDocumentsLive, jobs, cause)
        return {
            "job": {str(document_id) for document_id in gone},
            "embedding": await self.stock.unused(),
        }
