"""What several routes read from a request in the same way."""

import hashlib
from typing import Annotated

from fastapi import Header, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from services.gateway.model import Invalid


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("NUL characters are not text")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("lone surrogates are not text")
    return text


Text = Annotated[
    str,
    AfterValidator(_without_nul),
    Field(json_schema_extra={"pattern": r"^[^\u0000]*$"}),
]
"""Words that can be kept: no NUL, no halves of characters."""


def as_text(name: str, value: str) -> str:
    """Insist on text in a form's field: a form may be in an encoding that can write more."""
    try:
        return _without_nul(value)
    except ValueError as wrong:
        found = {"pointer": f"#/{name}", "in": "body", "detail": str(wrong)}
        raise Invalid("See `errors`.", errors=[found]) from wrong


def _secret_text(secret: SecretStr) -> SecretStr:
    _without_nul(secret.get_secret_value())
    return secret


SecretText = Annotated[
    SecretStr,
    AfterValidator(_secret_text),
    Field(json_schema_extra={"pattern": r"^[^\u0000]*$"}),
]
"""The same for words that nobody may read."""

Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[
    Text | None,
    Query(min_length=1, max_length=500, description="`next_cursor` of the page before, unchanged."),
]
IdempotencyKey = Annotated[
    Text | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern="^[!-~]+$",
        description="Under the same key the same request is done once, for 24 hours.",
    ),
]


class Inbound(BaseModel):
    """A JSON body as it comes in; fields we do not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    def fingerprint(self) -> str:
        """Tell this body from others under the same key, however it was written."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
