"""The documents of the document service, asked over the bus; their text comes by ticket."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from contracts.document import DescribeDocument, DocumentStatus, OpenText
from services.quiz.model.quiz import DocumentNotFound, DocumentNotReady
from services.quiz.ports import Text
from shared.cause import Cause
from shared.messages import A, Request
from shared.problems import Refused
from shared.requests import Asking
from shared.tickets import Tickets


@dataclass(frozen=True, slots=True)
class BusDocuments:
    """Documents over the bus, asked for in the actor's name."""

    bus: Asking
    tickets: Tickets

    async def ready(self, document_id: UUID, cause: Cause) -> bool:
        """Say whether it is read and indexed."""
        document = await self._ask(DescribeDocument(document_id=document_id), document_id, cause)
        return document.status is DocumentStatus.READY

    @asynccontextmanager
    async def text(self, document_id: UUID, cause: Cause) -> AsyncGenerator[Text]:
        """Hold the text in a file, so that its length never counts in our memory."""
        opened = await self._ask(OpenText(document_id=document_id), document_id, cause)
        with tempfile.TemporaryDirectory(prefix="quiz-") as folder:
            path = Path(folder, "text.json")
            await self.tickets.to_file(opened.ticket, path)
            yield Text(path, opened.text_version)

    async def _ask(self, request: Request[A], document_id: UUID, cause: Cause) -> A:
        try:
            return await self.bus.ask(request, cause)
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                raise DocumentNotFound(f"You have no document {document_id}.") from refused
            if refused.status == HTTPStatus.CONFLICT:
                raise DocumentNotReady(f"Document {document_id} is not ready.") from refused
            raise
