"""Asks document for what no event carries: title, tags and collection."""

from http import HTTPStatus
from typing import Protocol, TypeVar
from uuid import UUID

from contracts.document import DescribeDocument
from services.search.model.passage import Description
from services.search.model.question import readable
from shared.cause import Cause
from shared.messages import Answer, Request
from shared.problems import NotFound, Refused

A = TypeVar("A", bound=Answer)


class Asking(Protocol):
    """The one thing we need of the bus."""

    async def ask(self, request: Request[A], cause: Cause, *, within: float = 5.0) -> A: ...


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
