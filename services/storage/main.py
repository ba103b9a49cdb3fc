"""Where storage's parts meet."""

import asyncio
from datetime import timedelta

import structlog

from contracts.orphans import Sweeping
from services.storage import handlers, requests
from services.storage.blobs import S3Account, S3Objects
from services.storage.check import Checks, Examiner
from services.storage.inventory import Inventory
from services.storage.service import Storage, Terms, utc_now
from services.storage.settings import Settings
from services.storage.sniff import MagikaSniffer
from services.storage.store import PostgresStore
from services.storage.uploads.direct import DirectUploads
from services.storage.uploads.light import LightObjects
from services.storage.uploads.sweep import Sweeper
from shared.problems import Away
from shared.serve import Process, serve

log = structlog.get_logger(__name__)


async def assemble(process: Process[Settings]) -> None:
    """Build the verbs on PostgreSQL, S3 and Magika, and bind them."""
    settings = process.settings
    store = PostgresStore(process.database)
    objects = S3Objects(_account(settings))
    examiner = Examiner(objects, largest=settings.largest_object)
    storage = Storage(store, objects, examiner, _terms(settings))
    checks = Checks(store, objects, examiner, await MagikaSniffer.load())
    handlers.bind(process.bus, checks, storage, at_once=settings.checks_at_once)
    inventory = Inventory(store, objects, process.bus, utc_now)
    sweeping = Sweeping(inventory.look)
    process.background("orphans", lambda: sweeping.run(settings.orphans_seconds))
    light = LightObjects(store, objects, storage.terms.unclaimed_life)
    direct = DirectUploads(store, objects)
    requests.bind(process.bus, storage, light, direct, inventory, sweeping)
    await until_prepared(objects)
    process.probe("objects", objects.prepare)
    sweeper = Sweeper(store, objects, examiner)
    process.background("unclaimed", lambda: sweep_for_ever(sweeper, settings.sweep_seconds))


async def until_prepared(objects: S3Objects) -> None:
    """Wait for the object store, however long it takes to come up."""
    while True:
        try:
            await objects.prepare()
        except Away as away:
            log.info("waiting", what="the object store", reason=away.detail)
            await asyncio.sleep(1)
        else:
            return


async def sweep_for_ever(sweeper: Sweeper, seconds: float) -> None:
    """Tidy up now and then; a server that is away is tried again the next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            swept = await sweeper.sweep()
            log.info("swept", objects=swept)
        except Away as away:
            log.info("not swept", reason=away.detail)


def main() -> None:
    """Run the service until it is told to stop."""
    serve("storage", Settings, assemble)


def _account(settings: Settings) -> S3Account:
    return S3Account(
        url=settings.objects_url,
        public_url=settings.objects_public_url or settings.objects_url,
        access_key=settings.objects_access_key,
        secret_key=settings.objects_secret_key.get_secret_value(),
        region=settings.objects_region,
        incoming=settings.objects_incoming_bucket,
        sealed=settings.objects_sealed_bucket,
    )


def _terms(settings: Settings) -> Terms:
    return Terms(
        part_size=settings.part_size,
        upload_life=timedelta(seconds=settings.upload_seconds),
        download_life=timedelta(seconds=settings.download_seconds),
        unclaimed_life=timedelta(hours=settings.unclaimed_hours),
    )
