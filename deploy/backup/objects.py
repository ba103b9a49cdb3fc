"""Bytes of objects out of the object store and back, as storage's rows of one moment need them."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import urllib3
from minio import Minio
from minio.error import S3Error

from deploy.backup.archive import Archive, Draft
from deploy.local.objects import ObjectServer
from services.storage.settings import Settings
from shared.problems import Away

INCOMING: Final = str(Settings.model_fields["objects_incoming_bucket"].default)
SEALED: Final = str(Settings.model_fields["objects_sealed_bucket"].default)

_AT_ONCE: Final = 4
_PIECE: Final = 512 * 1024
_KEY: Final = re.compile(r"[0-9a-f]{40}")
_GONE: Final = frozenset({"NoSuchKey", "NoSuchBucket"})
_TIMES: Final = 3
_PAUSE: Final = 2.0

# Refused ones are kept only in quarantine; of deleted ones nothing is.
_HELD: Final = """
    SELECT id::text, incoming, sealed, state, upload_id, size, sha256 FROM objects
    WHERE NOT erased AND state <> 'deleted' AND (state <> 'refused' OR quarantined) ORDER BY id"""
# Parts that were not joined are the old store's; their owner is told that none came.
_NO_PARTS: Final = """
    UPDATE objects SET upload_id = NULL
    WHERE state = 'expected' AND upload_id IS NOT NULL AND NOT sealed = ANY($1::text[])"""

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Held:
    """An object as storage knew it at that moment."""

    id: str
    incoming: str
    sealed: str
    state: str
    upload_id: str | None
    size: int
    sha256: str

    @property
    def file(self) -> str:
        """Where its bytes lie in a backup."""
        return f"objects/{self.sealed[:2]}/{self.sealed}"

    @property
    def settled(self) -> bool:
        """Whether its bytes are sealed for good."""
        return self.state in {"stored", "refused"}

    @property
    def spot(self) -> tuple[str, str]:
        """Where it looks for them, as bucket and key."""
        came_along = self.incoming == self.sealed
        if self.settled or came_along or self.upload_id is not None:
            return SEALED, self.sealed
        return INCOMING, self.incoming

    @property
    def spots(self) -> tuple[tuple[str, str], ...]:
        """Where they can be by now: whatever was coming in may have been sealed since."""
        return (SEALED, self.sealed), *(() if self.settled else ((INCOMING, self.incoming),))


async def held(connection: asyncpg.Connection) -> list[Held]:
    """List all whose bytes belong to a backup."""
    rows = [Held(**dict(row)) for row in await connection.fetch(_HELD)]
    odd = [one.id for one in rows if not _KEY.fullmatch(one.sealed)]
    if odd:
        raise ValueError(f"the key of object {odd[0]} is none of ours")
    return rows


class ObjectStore:
    """The object store, through a few connections."""

    def __init__(self, server: ObjectServer) -> None:
        """Prepare them."""
        self._s3 = Minio(
            server.endpoint,
            access_key=server.access_key,
            secret_key=server.secret_key,
            secure=False,
            http_client=urllib3.PoolManager(
                maxsize=_AT_ONCE, timeout=urllib3.Timeout(connect=3, read=60), retries=3
            ),
        )

    async def fetch(self, wanted: Sequence[Held], draft: Draft, tell: Tell) -> list[str]:
        """Write everybody's bytes into a backup; answers ids whose bytes are not there, or wrong.

        What is still coming in is allowed to be missing, and is looked for again.
        """
        missing = await _each(wanted, lambda one: self._fetch(one, draft), tell)
        for _ in range(_TIMES):
            if not missing:
                break
            await asyncio.sleep(_PAUSE)
            missing = await _each(missing, lambda one: self._fetch(one, draft), lambda *_: None)
        return [one.id for one in missing if one.state != "expected"]

    async def put(self, wanted: Sequence[Held], archive: Archive, tell: Tell) -> int:
        """Put bytes where they are looked for; answers of how many objects."""
        kept = [one for one in wanted if one.file in archive.manifest.files]
        await asyncio.to_thread(self._make_buckets)
        await _each(kept, lambda one: self._put(one, archive), tell)
        return len(kept)

    def is_empty(self) -> bool:
        """See whether nothing lies in our buckets."""
        return not any(
            next(iter(self._s3.list_objects(bucket, recursive=True)), None)
            for bucket in (INCOMING, SEALED)
            if self._s3.bucket_exists(bucket)
        )

    def _fetch(self, one: Held, draft: Draft) -> bool:
        path = draft.path(one.file)
        if not any(self._read(spot, path) for spot in one.spots):
            return False
        kept = draft.add(one.file)
        return not one.sha256 or kept.sha256 == one.sha256

    def _read(self, spot: tuple[str, str], path: Path) -> bool:
        bucket, key = spot
        try:
            answer = self._s3.get_object(bucket, key)
        except S3Error as error:
            if error.code in _GONE:
                return False
            raise Away(f"the object store refuses {key}: {error.code}") from error
        try:
            path.touch(mode=0o600)
            with path.open("wb") as file:
                for piece in answer.stream(_PIECE):
                    file.write(piece)
        finally:
            answer.close()
            answer.release_conn()
        return True

    def _put(self, one: Held, archive: Archive) -> bool:
        bucket, key = one.spot
        self._s3.fput_object(bucket, key, str(archive.path(one.file)))
        return True

    def _make_buckets(self) -> None:
        for bucket in (INCOMING, SEALED):
            if not self._s3.bucket_exists(bucket):
                self._s3.make_bucket(bucket)


async def forget_parts(connection: asyncpg.Connection, archive: Archive) -> None:
    """Let uploads begin again whose parts lay in a store that is no more."""
    there = [Path(name).name for name in archive.manifest.files if name.startswith("objects/")]
    await connection.execute(_NO_PARTS, there)


async def _each(some: Iterable[Held], do: Callable[[Held], bool], tell: Tell) -> list[Held]:
    """Do it with a few at once; answers those it did not work with."""
    some = list(some)
    loop = asyncio.get_running_loop()
    failed: list[Held] = []
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="objects") as pool:
        for begin in range(0, len(some), 64):
            several = some[begin : begin + 64]
            done = await asyncio.gather(*(loop.run_in_executor(pool, do, one) for one in several))
            failed += [one for one, worked in zip(several, done, strict=True) if not worked]
            tell(begin + len(several), len(some))
    return failed
