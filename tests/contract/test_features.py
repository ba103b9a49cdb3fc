"""The events that people were promised (features S4.1 to S4.6) are there and are said."""

import pytest

from contracts.catalogue import manifests, messages

STATUS = {"task_id", "type", "status", "progress", "message"}
PROMISED = {
    "evt.document.uploaded.v1": {"owner_id", "document_id", "size", "media_type"},
    "evt.document.processing.v1": {"document_id"},
    "evt.document.processed.v1": {"document_id"},
    "evt.document.failed.v1": {"document_id", "code"},
    "evt.document.deleted.v1": {"document_id"},
    "evt.indexing.started.v1": {"document_id"},
    "evt.indexing.progressed.v1": {"document_id", "progress"},
    "evt.indexing.completed.v1": {"document_id"},
    "evt.indexing.failed.v1": {"document_id", "code"},
    "evt.quiz.generation-started.v1": {"quiz_id"},
    "evt.quiz.generation-progressed.v1": {"quiz_id", "progress"},
    "evt.quiz.generated.v1": {"quiz_id"},
    "evt.quiz.generation-failed.v1": {"quiz_id", "code"},
    "evt.document.task-status-updated.v1": STATUS,
    "evt.indexing.task-status-updated.v1": STATUS,
    "evt.quiz.task-status-updated.v1": STATUS,
    "evt.notification.created.v1": {"user_id", "type"},
    "evt.storage.object-stored.v1": {"object_id"},
    "evt.storage.object-refused.v1": {"object_id", "code"},
}


@pytest.mark.parametrize("word", PROMISED)
def test_a_promised_event_is_there_and_said(word: str) -> None:
    message = messages()[word]

    assert set(message.model_fields) >= PROMISED[word]
    assert message.subject in manifests()[message.subject.owner].says


def test_any_service_may_ask_for_a_notification() -> None:
    assert messages()["cmd.notification.notify.v1"].subject in manifests()["notification"].hears
