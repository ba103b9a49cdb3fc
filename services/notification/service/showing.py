"""Shows people what happens to their things as it happens, with fewer steps when much happens."""

from dataclasses import dataclass, replace

from contracts.document import DocumentEvent, DocumentTaskStatusUpdated
from contracts.quiz import QuizEvent, QuizTaskStatusUpdated
from services.notification.model import Thing
from services.notification.ports import Store
from services.notification.service.frames import DOCUMENT, QUIZ, of_event, of_status
from shared.cause import Cause


@dataclass(frozen=True, slots=True)
class Showing:
    """The verbs that only show; each is one transaction, which many messages may share.

    Only what moves a thing on locks it, so that such transactions cannot wait for each other.
    """

    store: Store

    async def show_document(self, heard: DocumentEvent, cause: Cause) -> None:
        """Show the owner's open tabs what happened to a document, unless it is gone."""
        async with self.store.begin(cause) as tx:
            if (await tx.audience(heard.owner_id, heard.document_id)).watches(DOCUMENT):
                await tx.say(of_event(heard))

    async def show_step(self, heard: DocumentEvent, cause: Cause) -> None:
        """Show a step of a document's processing, unless many documents are in work."""
        async with self.store.begin(cause) as tx:
            audience = await tx.audience(heard.owner_id, heard.document_id)
            if audience.watches(DOCUMENT) and not audience.busy:
                await tx.say(of_event(heard))

    async def follow_document(self, heard: DocumentTaskStatusUpdated, cause: Cause) -> None:
        """Show how far a document is; never an older state after a newer one.

        How it ended is shown at once. Of many in work the steps between wait for `Summaries`.
        """
        owner = heard.owner_id
        async with self.store.begin(cause) as tx:
            audience = await tx.audience(owner)
            live = audience.channels(DOCUMENT).live
            thing = _thing(heard, cause)
            counted = live and audience.counts(ended=thing.ended)
            waiting = live and audience.busy and not thing.ended
            is_news = await tx.move(replace(thing, counted=counted, waiting=waiting))
            if is_news and live and not waiting:
                await tx.say(of_status(DOCUMENT, thing, owner))

    async def show_quiz(self, heard: QuizEvent, cause: Cause) -> None:
        """Show the owner's open tabs how the making of a quiz goes."""
        async with self.store.begin(cause) as tx:
            if (await tx.audience(heard.owner_id, heard.quiz_id)).watches(QUIZ):
                await tx.say(of_event(heard))

    async def follow_quiz(self, heard: QuizTaskStatusUpdated, cause: Cause) -> None:
        """Show how far a quiz is; never an older state after a newer one."""
        owner = heard.owner_id
        async with self.store.begin(cause) as tx:
            thing = _thing(heard, cause)
            if await tx.move(thing) and (await tx.audience(owner)).channels(QUIZ).live:
                await tx.say(of_status(QUIZ, thing, owner))


def _thing(heard: DocumentTaskStatusUpdated | QuizTaskStatusUpdated, cause: Cause) -> Thing:
    return Thing(
        id=heard.task_id,
        sequence=cause.sequence,
        owner_id=heard.owner_id,
        status=heard.stage,
        progress=heard.progress,
    )
