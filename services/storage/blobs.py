"""The S3 object store, through the MinIO client in threads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from itertools import islice
from typing import Final, TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import CopySource
from minio.datatypes import Part, Upload
from minio.error import InvalidResponseError, S3Error, ServerError

from services.storage.model.announced import Piece
from services.storage.model.stored import Place, Spot
from services.storage.ports import Arrived, Begun, Changed, Laid, PartsUnfit, Pass
from services.storage.uploads.recent import Recent
from services.storage.uploads.signing import Signer
from shared.problems import Away
from shared.web import attachment

CHUNK: Final = 512 * 1024
RECENT: Final = 8 * 1024 * 1024
LISTED: Final = 1_000
MISSING: Final = {"NoSuchKey", "NoSuchUpload", "NoSuchObject", "NotFound"}
UNFIT: Final = {"EntityTooSmall", "InvalidPart", "InvalidPartOrder", "MalformedXML"}
OURS: Final = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
TIMEOUT: Final = urllib3.Timeout(connect=3, read=60)

T = TypeVar("T")
Query = dict[str, str | list[str] | tuple[str]]


@dataclass(frozen=True, slots=True)
class S3Account:
    """Where the object store is, our keys for it, and what our two buckets are called."""

    url: str
    public_url: str
    access_key: str
    secret_key: str
    region: str
    incoming: str
    sealed: str


class S3Objects:
    """`Objects` on any S3 server that honours ETag conditions on reads and copies."""

    def __init__(self, account: S3Account, *, connections: int = 16, listed: int = LISTED) -> None:
        self._account = account
        self._listed = listed
        self._s3 = _client(account, account.url, connections)
        self._outside = _client(account, account.public_url, 1)
        self._signer = Signer(account.access_key, account.secret_key, account.region)
        self._recent = Recent(RECENT)

    async def prepare(self) -> None:
        for bucket in (self._account.incoming, self._account.sealed):
            await _in_thread(partial(self._make, bucket))

    def upload_pass(
        self, incoming: str, *, life: timedelta, public: bool, size: int | None = None
    ) -> Pass:
        place = self._account.incoming
        url = self._client_of(public).get_presigned_url("PUT", place, incoming, life)
        return Pass(self._signer.taking(size, url, life), {})

    def part_pass(
        self,
        sealed: str,
        upload_id: str,
        number: int,
        *,
        life: timedelta,
        public: bool,
        size: int | None = None,
    ) -> Pass:
        place, client = self._account.sealed, self._client_of(public)
        which: Query = {"partNumber": str(number), "uploadId": upload_id}
        url = client.get_presigned_url("PUT", place, sealed, life, extra_query_params=which)
        return Pass(self._signer.taking(size, url, life), {})

    def download_pass(
        self, sealed: str, *, filename: str | None, media_type: str, life: timedelta, public: bool
    ) -> Pass:
        answered: Query = {
            "response-content-type": media_type,
            "response-content-disposition": attachment(filename),
        }
        place, client = self._account.sealed, self._client_of(public)
        url = client.get_presigned_url("GET", place, sealed, life, response_headers=answered)
        return Pass(url, {})

    async def begin_parts(self, sealed: str) -> str:
        place = self._account.sealed
        return await _in_thread(lambda: self._s3._create_multipart_upload(place, sealed, {}))  # noqa: SLF001  # the client has no public call for parts made by others

    async def parts(self, sealed: str, upload_id: str) -> Sequence[Piece]:
        return await _in_thread(lambda: self._parts(sealed, upload_id))

    async def join_parts(self, sealed: str, upload_id: str, parts: Sequence[Piece]) -> None:
        await _in_thread(lambda: self._join(sealed, upload_id, parts))

    async def drop_parts(self, sealed: str, upload_id: str) -> None:
        await _in_thread(lambda: self._abort(self._account.sealed, sealed, upload_id))

    async def arrived(self, spot: Spot) -> Arrived | None:
        return await _in_thread(lambda: self._arrived(spot))

    async def chunks(self, spot: Spot, etag: str) -> AsyncIterator[bytes]:
        condition: Query = {"If-Match": f'"{etag}"'}
        with _plainly():
            response = await asyncio.to_thread(
                self._s3.get_object,
                self._bucket_of(spot.place),
                spot.key,
                request_headers=condition,
            )
        try:
            while True:
                with _plainly():
                    chunk = await asyncio.to_thread(response.read, CHUNK)
                if not chunk:
                    return
                yield chunk
        finally:
            # Half-read connections are closed, for what is left in them would answer somebody else.
            response.close()
            response.release_conn()

    async def seal(self, incoming: str, sealed: str, etag: str) -> None:
        source = CopySource(self._account.incoming, incoming, match_etag=etag)
        place = self._account.sealed
        await _in_thread(lambda: self._s3.copy_object(place, sealed, source))

    async def keep(self, sealed: str, content: bytes) -> None:
        place = self._account.sealed
        await _in_thread(lambda: self._s3.put_object(place, sealed, BytesIO(content), len(content)))
        self._recent.add(sealed, content)

    async def whole(self, sealed: str) -> bytes | None:
        recent = self._recent.find(sealed)
        return await _in_thread(lambda: self._whole(sealed)) if recent is None else recent

    async def erase(self, spot: Spot) -> None:
        if spot.place is Place.SEALED:
            self._recent.drop(spot.key)
        await _in_thread(lambda: self._s3.remove_object(self._bucket_of(spot.place), spot.key))

    async def lying(self, place: Place) -> AsyncIterator[Sequence[Laid]]:
        listed = self._s3.list_objects(self._bucket_of(place), recursive=True)
        while True:
            found = await _in_thread(lambda: list(islice(listed, self._listed)))
            if not found:
                return
            yield [
                Laid(str(one.object_name), one.size or 0, one.last_modified)
                for one in found
                if one.last_modified is not None
            ]

    async def gathering(self) -> Sequence[Begun]:
        return await _in_thread(self._gathering)

    def _bucket_of(self, place: Place) -> str:
        return self._account.sealed if place is Place.SEALED else self._account.incoming

    def _gathering(self) -> list[Begun]:
        found: dict[str | None, Upload] = {}
        key, upload_id = None, None
        while True:
            page = self._s3._list_multipart_uploads(  # noqa: SLF001  # see begin_parts
                self._account.sealed,
                key_marker=key,
                upload_id_marker=upload_id,
                max_uploads=self._listed,
            )
            known = len(found)
            found |= {upload.upload_id: upload for upload in page.uploads}
            if not page.is_truncated or len(found) == known:
                break
            # The client loses the id that is told; a key is not told by every server.
            key, upload_id = page.next_key_marker, page.uploads[-1].upload_id
        return [
            Begun(upload.object_name, upload.upload_id, upload.initiated_time)
            for upload in found.values()
            if upload.upload_id is not None and upload.initiated_time is not None
        ]

    def _client_of(self, public: bool) -> Minio:
        return self._outside if public else self._s3

    def _make(self, bucket: str) -> None:
        if self._s3.bucket_exists(bucket):
            return
        try:
            self._s3.make_bucket(bucket, self._account.region)
        except S3Error as error:
            if error.code not in OURS:
                raise

    def _parts(self, sealed: str, upload_id: str) -> list[Piece]:
        pieces: list[Piece] = []
        after = None
        while True:
            try:
                page = self._s3._list_parts(  # noqa: SLF001  # see begin_parts
                    self._account.sealed, sealed, upload_id, part_number_marker=after
                )
            except S3Error as error:
                if error.code in MISSING:
                    return []
                raise
            pieces += [Piece(part.part_number, part.size or 0, part.etag) for part in page.parts]
            if not page.is_truncated:
                return pieces
            after = str(page.next_part_number_marker)

    def _join(self, sealed: str, upload_id: str, parts: Sequence[Piece]) -> None:
        named = [Part(part.number, part.etag, size=part.size) for part in parts]
        try:
            self._s3._complete_multipart_upload(self._account.sealed, sealed, upload_id, named)  # noqa: SLF001  # see begin_parts
        except S3Error as error:
            if error.code in UNFIT:
                raise PartsUnfit from error
            if error.code not in MISSING:
                raise

    def _whole(self, sealed: str) -> bytes | None:
        try:
            response = self._s3.get_object(self._account.sealed, sealed)
        except S3Error as error:
            if error.code in MISSING:
                return None
            raise
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()

    def _arrived(self, spot: Spot) -> Arrived | None:
        try:
            found = self._s3.stat_object(self._bucket_of(spot.place), spot.key)
        except S3Error as error:
            if error.code in MISSING:
                return None
            raise
        return Arrived(found.size or 0, found.etag or "")

    def _abort(self, bucket: str, key: str, upload_id: str) -> None:
        try:
            self._s3._abort_multipart_upload(bucket, key, upload_id)  # noqa: SLF001  # see begin_parts
        except S3Error as error:
            if error.code not in MISSING:
                raise


def _client(account: S3Account, url: str, connections: int) -> Minio:
    address = urlsplit(url)
    # The region is given, so signing an address never asks the server for it.
    return Minio(
        address.netloc,
        access_key=account.access_key,
        secret_key=account.secret_key,
        secure=address.scheme == "https",
        region=account.region,
        http_client=urllib3.PoolManager(
            timeout=TIMEOUT, maxsize=connections, retries=urllib3.Retry(total=1, backoff_factor=0.2)
        ),
    )


async def _in_thread(call: Callable[[], T]) -> T:
    with _plainly():
        return await asyncio.to_thread(call)


@contextmanager
def _plainly() -> Iterator[None]:
    """Say the client's errors in our words: what is away, and what changed meanwhile."""
    try:
        yield
    except S3Error as error:
        if error.code in {"PreconditionFailed", *MISSING}:
            raise Changed from error
        if error.code in {"InternalError", "SlowDown", "ServiceUnavailable"}:
            raise Away(f"the object store answered {error.code}") from error
        raise
    except (urllib3.exceptions.HTTPError, ServerError, InvalidResponseError, OSError) as error:
        raise Away(f"the object store cannot be reached: {type(error).__name__}") from error
