"""Everything document answers, one line each."""

from contracts.collection import (
    CreateCollection,
    DeleteCollection,
    DescribeCollection,
    EditCollection,
    ListCollections,
)
from contracts.document import (
    AdvanceDocument,
    CancelDocument,
    CheckAllowance,
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
from contracts.link import ListLinks, MakeLink, OpenLink, RevokeLink
from contracts.orphans import (
    FindDocumentOrphans,
    Sweeping,
    WhichDocumentsLive,
    WhichObjectsOfDocuments,
)
from contracts.upload import (
    AbortUpload,
    BeginUpload,
    CompleteUpload,
    DescribeUpload,
    OpenUploadPart,
)
from services.document.service.collections import Collections
from services.document.service.direct import DirectUploads
from services.document.service.documents import Documents
from services.document.service.inventory import Inventory
from services.document.service.registration import Registration
from services.document.service.sharing import Sharing
from shared.bus import Bus


def bind(
    bus: Bus,
    registration: Registration,
    documents: Documents,
    collections: Collections,
    inventory: Inventory,
    sweeping: Sweeping,
) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(ReserveUpload, registration.reserve)
    bus.answer(CheckAllowance, registration.check)
    bus.answer(RegisterDocument, registration.register)
    bus.answer(DescribeDocument, documents.describe)
    bus.answer(ListDocuments, documents.list)
    bus.answer(EditDocument, documents.edit)
    bus.answer(DeleteDocument, documents.delete)
    bus.answer(RetryDocument, documents.retry)
    bus.answer(CancelDocument, documents.cancel)
    bus.answer(AdvanceDocument, documents.advance)
    bus.answer(OpenContent, documents.open_content)
    bus.answer(OpenText, documents.open_text)
    bus.answer(TellHistory, documents.tell_history)
    bus.answer(CreateCollection, collections.create)
    bus.answer(DescribeCollection, collections.describe)
    bus.answer(ListCollections, collections.list)
    bus.answer(EditCollection, collections.edit)
    bus.answer(DeleteCollection, collections.delete)
    bus.answer(WhichDocumentsLive, inventory.which_live)
    bus.answer(WhichObjectsOfDocuments, inventory.which_held)
    bus.answer(FindDocumentOrphans, sweeping.find)


def bind_sharing(bus: Bus, uploads: DirectUploads, sharing: Sharing) -> None:
    """Bind what is asked about direct uploads and links."""
    bus.answer(BeginUpload, uploads.begin)
    bus.answer(OpenUploadPart, uploads.open_part)
    bus.answer(DescribeUpload, uploads.describe)
    bus.answer(AbortUpload, uploads.abort)
    bus.answer(CompleteUpload, uploads.complete)
    bus.answer(MakeLink, sharing.make)
    bus.answer(ListLinks, sharing.list)
    bus.answer(RevokeLink, sharing.revoke)
    bus.answer(OpenLink, sharing.open)
