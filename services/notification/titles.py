"""The titles of things, asked from the services that own them."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from uuid import UUID

from contracts.document import DescribeDocument
from contracts.quiz import DescribeQuiz
from shared.cause import Cause
from shared.messages import A, Request
from shared.problems import Problem
from shared.requests import Asking


@dataclass(frozen=True, slots=True)
class BusTitles:
    """Titles over the bus, asked in the name of the thing's owner."""

    bus: Asking

    async def of_document(self, document_id: UUID, *, owner: UUID, cause: Cause) -> str | None:
        """Ask the document service."""
        document = await self._ask(DescribeDocument(document_id=document_id), owner, cause)
        return document.title if document else None

    async def of_quiz(self, quiz_id: UUID, *, owner: UUID, cause: Cause) -> str | None:
        """Ask the quiz service."""
        quiz = await self._ask(DescribeQuiz(quiz_id=quiz_id), owner, cause)
        return quiz.title if quiz else None

    async def _ask(self, request: Request[A], owner: UUID, cause: Cause) -> A | None:
        try:
            return await self.bus.ask(request, replace(cause, actor=owner))
        except Problem as problem:
            if problem.status == HTTPStatus.NOT_FOUND:
                return None
            raise
