"""Where identity's parts meet."""

import asyncio
from datetime import timedelta

import structlog

from services.identity import requests
from services.identity.keys import CannotUnlock, TokenTerms, Vault, ready_signer
from services.identity.passwords import Argon2Passwords
from services.identity.service import Identity, Lives, utc_now
from services.identity.settings import Settings
from services.identity.store import PostgresStore
from shared.problems import Away
from shared.serve import Process, serve
from shared.settings import BadSettings

log = structlog.get_logger(__name__)


async def assemble(process: Process[Settings]) -> None:
    """Build the verbs on PostgreSQL, argon2 and Ed25519, and bind them."""
    settings = process.settings
    store = PostgresStore(process.database)
    passwords = process.stack.enter_context(
        Argon2Passwords(
            memory_kib=settings.hash_memory_kib,
            rounds=settings.hash_rounds,
            threads=settings.hash_threads,
            queue=settings.hash_queue,
        )
    )
    lives = Lives(
        access=timedelta(seconds=settings.access_seconds),
        refresh=timedelta(days=settings.refresh_days),
    )
    terms = TokenTerms(settings.token_issuer, settings.token_audience, lives.access)
    vault = Vault(settings.key_secret.get_secret_value() if settings.key_secret else "")
    try:
        signer = await ready_signer(store, vault, terms, utc_now())
    except CannotUnlock as locked:
        raise BadSettings(str(locked)) from None
    identity = Identity(store, passwords, signer, lives)
    requests.bind(process.bus, identity)
    process.background("forgetting", lambda: sweep_for_ever(identity, settings.sweep_seconds))


async def sweep_for_ever(identity: Identity, seconds: float) -> None:
    """Tidy up now and then; a database that is away is tried again the next time."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await identity.sweep()
        except Away as away:
            log.info("not swept", reason=away.detail)


def main() -> None:
    """Run the service until it is told to stop."""
    serve("identity", Settings, assemble)
