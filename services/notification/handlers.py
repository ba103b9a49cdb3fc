"""Everything that enters notification, one line each."""

from contracts.document import (
    DocumentCancelled,
    DocumentDeleted,
    DocumentEdited,
    DocumentFailed,
    DocumentProcessed,
    DocumentProcessing,
    DocumentReady,
    DocumentsSaidAgain,
    DocumentTaskStatusUpdated,
    DocumentUploaded,
)
from contracts.indexing import (
    IndexingCompleted,
    IndexingFailed,
    IndexingProgressed,
    IndexingStarted,
)
from contracts.notification import Notify
from contracts.quiz import (
    QuizDeleted,
    QuizGenerated,
    QuizGenerationFailed,
    QuizGenerationProgressed,
    QuizGenerationStarted,
    QuizTaskStatusUpdated,
)
from contracts.rebuilding import Rebuilding
from contracts.search import DocumentIndexed
from services.notification.service.notifications import Notifications
from services.notification.service.showing import Showing
from shared.bus import Bus


def bind(bus: Bus, notifications: Notifications, showing: Showing, rebuilding: Rebuilding) -> None:
    """Bind what we hear to what we do."""
    bus.on(DocumentUploaded, showing.show_document, together=True, in_order=False)
    bus.on(DocumentProcessing, showing.show_document, together=True, in_order=False)
    bus.on(DocumentProcessed, showing.show_document, together=True, in_order=False)
    bus.on(DocumentReady, notifications.document_ended)
    bus.on(DocumentFailed, notifications.document_ended)
    bus.on(DocumentCancelled, notifications.document_ended)
    bus.on(DocumentEdited, notifications.retitle, in_order=False)
    bus.on(DocumentDeleted, notifications.forget_document)
    bus.on(DocumentTaskStatusUpdated, showing.follow_document, together=True, in_order=False)
    bus.on(IndexingStarted, showing.show_step, together=True, in_order=False)
    bus.on(IndexingProgressed, showing.show_step, together=True, in_order=False)
    bus.on(IndexingCompleted, showing.show_step, together=True, in_order=False)
    bus.on(IndexingFailed, showing.show_step, together=True, in_order=False)
    bus.on(DocumentIndexed, showing.show_step, together=True, in_order=False)
    bus.on(QuizGenerationStarted, showing.show_quiz, together=True, in_order=False)
    bus.on(QuizGenerationProgressed, showing.show_quiz, together=True, in_order=False)
    bus.on(QuizGenerated, notifications.quiz_ended)
    bus.on(QuizGenerationFailed, notifications.quiz_ended)
    bus.on(QuizDeleted, notifications.forget_quiz)
    bus.on(QuizTaskStatusUpdated, showing.follow_quiz, together=True, in_order=False)
    bus.on(DocumentsSaidAgain, rebuilding.expect)
    bus.on(Notify, notifications.notify, in_order=False)
