"""Everything storage answers, one line each."""

from contracts.storage import DiscardUpload, OpenDownload, OpenPart, OpenUpload, SealObject
from services.storage.service import Storage
from shared.bus import Bus


def bind(bus: Bus, storage: Storage) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(OpenUpload, storage.open_upload)
    bus.answer(OpenPart, storage.open_part)
    bus.answer(SealObject, storage.seal)
    bus.answer(OpenDownload, storage.open_download)
    bus.answer(DiscardUpload, storage.discard)
