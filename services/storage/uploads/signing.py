"""Addresses for one PUT of exactly so many bytes: the length is signed, so no other is taken."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SIGNED: Final = "content-length;host"
_OF_A_SIGNATURE: Final = "X-Amz-"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs as the holder of one key, by version 4 of S3's signatures.

    The MinIO client signs no header of an address but its host.
    """

    access_key: str
    secret_key: str
    region: str

    def taking(self, size: int | None, address: str, life: timedelta) -> str:
        """Sign an address for exactly this length; return it unchanged if there is none."""
        if size is None:
            return address
        place = urlsplit(address)
        now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        told = dict(parse_qsl(place.query))
        asked = {key: value for key, value in told.items() if not key.startswith(_OF_A_SIGNATURE)}
        asked |= {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{self.access_key}/{scope}",
            "X-Amz-Date": now,
            "X-Amz-Expires": str(int(life.total_seconds())),
            "X-Amz-SignedHeaders": _SIGNED,
        }
        query = urlencode(sorted(asked.items()), quote_via=quote, safe="~")
        headers = f"content-length:{size}\nhost:{place.netloc}\n"
        request = f"PUT\n{place.path}\n{query}\n{headers}\n{_SIGNED}\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(request.encode()).hexdigest()
        signed = _mac(self._key(scope), f"{_ALGORITHM}\n{now}\n{scope}\n{digest}").hex()
        return f"{place.scheme}://{place.netloc}{place.path}?{query}&X-Amz-Signature={signed}"

    def _key(self, scope: str) -> bytes:
        return reduce(_mac, scope.split("/"), f"AWS4{self.secret_key}".encode())


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
