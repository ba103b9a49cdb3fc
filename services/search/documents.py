"""Asks document for what no event carries: title, tags and collection."""

from http import HTTPStatus
from uuid import UUID

from contracts.document import DescribeDocument
from services.search.model.passage import Description
from services.search.model.question import readable
from shared.cause import Cause
from shared.problems import NotFound, Refused
from shared.requests import Asking


class BusDocuments:
    """The document service behind our port."""

    def __init__(self, bus: Asking) -> None:
        self._bus = bus

    async def describe(self, document_id: UUID, cause: Cause) -> Description:
        """Ask for title, tags and collection; `NotFound` once the document is deleted."""
        try:
            document = await self._bus.ask(DescribeDocument(document_id=document_id), cause)
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                raise NotFound(refused.detail) from refused
            raise
        tags = tuple(readable(tag) for tag in document.tags)
        return Description(readable(document.title), tags, document.collection_id)
