"""Everything storage answers, one line each."""

from contracts.orphans import FindStorageOrphans, Sweeping, WhichObjectsKept
from contracts.storage import (
    CloseUpload,
    DiscardUpload,
    KeepObject,
    OpenDownload,
    OpenPart,
    OpenUpload,
    SealObject,
    TellParts,
)
from services.storage.inventory import Inventory
from services.storage.service import Storage
from services.storage.uploads.direct import DirectUploads
from services.storage.uploads.light import LightObjects
from shared.bus import Bus


def bind(
    bus: Bus,
    storage: Storage,
    light: LightObjects,
    direct: DirectUploads,
    inventory: Inventory,
    sweeping: Sweeping,
) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(KeepObject, light.keep)
    bus.answer(OpenUpload, storage.open_upload)
    bus.answer(OpenPart, storage.open_part)
    bus.answer(SealObject, storage.seal)
    bus.answer(OpenDownload, storage.open_download)
    bus.answer(DiscardUpload, storage.discard)
    bus.answer(TellParts, direct.tell_parts)
    bus.answer(CloseUpload, direct.close)
    bus.answer(WhichObjectsKept, inventory.which_kept)
    bus.answer(FindStorageOrphans, sweeping.find)
