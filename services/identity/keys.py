"""The keys that sign access tokens, and the tokens themselves (RFC 9068, EdDSA)."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from services.identity.model import Role, Session
from services.identity.ports import SigningKey, Store
from shared.cause import Cause, new_id

ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
_SALT: Final = 16
_NONCE: Final = 12


class CannotUnlock(Exception):
    """A private key is sealed with a secret that is not the one given."""


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals private keys with a secret from the settings; without one it leaves them plain."""

    secret: str = ""

    def seal(self, private: bytes, kid: str) -> tuple[bytes, bool]:
        """Encrypt for keeping, and say whether it is."""
        if not self.secret:
            return private, False
        salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
        box = AESGCM(self._key(salt)).encrypt(nonce, private, kid.encode())
        return salt + nonce + box, True

    def open(self, key: SigningKey) -> bytes:
        """Decrypt what was kept; `CannotUnlock` with another secret, or none."""
        if not key.sealed:
            return key.private
        if not self.secret:
            raise CannotUnlock(
                "signing keys are sealed: set MESH_IDENTITY_KEY_SECRET to their secret"
            )
        salt, rest = key.private[:_SALT], key.private[_SALT:]
        try:
            return AESGCM(self._key(salt)).decrypt(rest[:_NONCE], rest[_NONCE:], key.kid.encode())
        except InvalidTag:
            raise CannotUnlock(
                "MESH_IDENTITY_KEY_SECRET is not the secret that sealed the signing keys"
            ) from None

    def _key(self, salt: bytes) -> bytes:
        return Scrypt(salt=salt, length=32, n=2**14, r=8, p=1).derive(self.secret.encode())


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """Who signs for whom, and for how long."""

    issuer: str
    audience: str
    life: timedelta


class Ed25519Signer:
    """A `Signer` with one private key."""

    def __init__(self, kid: str, private: bytes, terms: TokenTerms) -> None:
        self._kid = kid
        self._private = Ed25519PrivateKey.from_private_bytes(private)
        self._terms = terms

    def sign(self, session: Session, role: Role, *, now: datetime) -> str:
        claims = {
            "iss": self._terms.issuer,
            "aud": self._terms.audience,
            "client_id": self._terms.audience,
            "sub": str(session.user_id),
            "sid": str(session.id),
            "role": role.value,
            "jti": str(new_id()),
            "iat": now,
            "exp": now + self._terms.life,
        }
        return jwt.encode(
            claims, self._private, algorithm=ALGORITHM, headers={"kid": self._kid, "typ": TYPE}
        )


async def ready_signer(
    store: Store, vault: Vault, terms: TokenTerms, now: datetime
) -> Ed25519Signer:
    """Take the newest signing key, or make the first; replicas that start together share one."""
    async with store.begin(Cause()) as tx:
        keys = await tx.signing_keys(hold=True)
        private = vault.open(keys[0]) if keys else Ed25519PrivateKey.generate().private_bytes_raw()
        if not keys or (vault.secret and not keys[0].sealed):
            kept = _keep(private, vault, now if not keys else keys[0].created_at)
            await tx.put_signing_key(kept)
            return Ed25519Signer(kept.kid, private, terms)
    return Ed25519Signer(keys[0].kid, private, terms)


def _keep(private: bytes, vault: Vault, created_at: datetime) -> SigningKey:
    public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
    kid = _thumbprint(x)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": ALGORITHM}
    kept, sealed = vault.seal(private, kid)
    return SigningKey(kid, jwk, kept, sealed, created_at)


def _thumbprint(x: str) -> str:
    """Name a key after itself (RFC 7638), so the same key always has the same name."""
    canonical = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
