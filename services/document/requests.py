"""Everything document answers, one line each."""

from contracts.collection import (
    CreateCollection,
    DeleteCollection,
    DescribeCollection,
    EditCollection,
    ListCollections,
)
from contracts.document import (
    CancelDocument,
    DeleteDocument,
    DescribeDocument,
    EditDocument,
    ListDocuments,
    OpenContent,
    OpenText,
    RegisterDocument,
    ReserveUpload,
    RetryDocument,
    TellHistory,
)
from services.document.service.collections import Collections
from services.document.service.documents import Documents
from services.document.uploads.register import Registration
from shared.bus import Bus


def bind(
    bus: Bus, registration: Registration, documents: Documents, collections: Collections
) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(ReserveUpload, registration.reserve)
    bus.answer(RegisterDocument, registration.register)
    bus.answer(DescribeDocument, documents.describe)
    bus.answer(ListDocuments, documents.list)
    bus.answer(EditDocument, documents.edit)
    bus.answer(DeleteDocument, documents.delete)
    bus.answer(RetryDocument, documents.retry)
    bus.answer(CancelDocument, documents.cancel)
    bus.answer(OpenContent, documents.open_content)
    bus.answer(OpenText, documents.open_text)
    bus.answer(TellHistory, documents.tell_history)
    bus.answer(CreateCollection, collections.create)
    bus.answer(DescribeCollection, collections.describe)
    bus.answer(ListCollections, collections.list)
    bus.answer(EditCollection, collections.edit)
    bus.answer(DeleteCollection, collections.delete)
