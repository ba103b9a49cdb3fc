"""Which quizzes there are, for others to compare with; and questions whose documents are gone."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.orphans import Known, WhichDocumentsLive, WhichQuizzesLive, unknown
from services.quiz.ports import Stock
from shared.cause import Cause
from shared.requests import Asking


@dataclass(frozen=True, slots=True)
class Inventory:
    """The verbs; ids come in and ids go out, whoever they belong to."""

    stock: Stock
    bus: Asking

    async def which_live(self, asked: WhichQuizzesLive, _: Cause) -> Known:
        """Tell which quizzes are there."""
        return Known(ids=sorted(await self.stock.living(asked.ids)))

    async def look(self, cause: Cause) -> Mapping[str, set[str]]:
        """Find documents that questions still tell of, though there are none such."""
        cited = await self.stock.cited()
        gone = await unknown(self.bus, WhichDocumentsLive, cited, cause)
        return {"cited-document": {str(document_id) for document_id in gone}}
