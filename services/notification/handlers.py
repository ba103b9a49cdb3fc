"""Everything that enters notification, one line each."""

from contracts.document import (
    DocumentCancelled,
    DocumentDeleted,
    DocumentEdited,
    DocumentFailed,
    DocumentProcessed,
    DocumentProcessing,
    DocumentReady,
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
from contracts.search import DocumentIndexed
from services.notification.service import Notifications
from shared.bus import Bus


def bind(bus: Bus, notifications: Notifications) -> None:
    """Bind what we hear to what we do."""
    bus.on(DocumentUploaded, notifications.show_document)
    bus.on(DocumentProcessing, notifications.show_document)
    bus.on(DocumentProcessed, notifications.show_document)
    bus.on(DocumentReady, notifications.document_ended)
    bus.on(DocumentFailed, notifications.document_ended)
    bus.on(DocumentCancelled, notifications.document_ended)
    bus.on(DocumentEdited, notifications.retitle)
    bus.on(DocumentDeleted, notifications.forget_document)
    bus.on(DocumentTaskStatusUpdated, notifications.follow_document)
    bus.on(IndexingStarted, notifications.show_document)
    bus.on(IndexingProgressed, notifications.show_document)
    bus.on(IndexingCompleted, notifications.show_document)
    bus.on(IndexingFailed, notifications.show_document)
    bus.on(DocumentIndexed, notifications.show_document)
    bus.on(QuizGenerationStarted, notifications.show_quiz)
    bus.on(QuizGenerationProgressed, notifications.show_quiz)
    bus.on(QuizGenerated, notifications.quiz_ended)
    bus.on(QuizGenerationFailed, notifications.quiz_ended)
    bus.on(QuizDeleted, notifications.forget_quiz)
    bus.on(QuizTaskStatusUpdated, notifications.follow_quiz)
    bus.on(Notify, notifications.notify)
