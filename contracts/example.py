"""The examples of the messages: each shows a body that is fine, or one that is not and why."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from contracts.catalogue import FOLDER

EXAMPLES: Final = FOLDER / "examples"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Valid(_Strict):
    """A body that every reader accepts."""

    summary: str
    body: dict[str, JsonValue]


class Invalid(_Strict):
    """A body that every reader refuses, and the reason."""

    reason: str
    body: JsonValue


class Examples(_Strict):
    """What stands in one file of `examples/`; requests also show answers."""

    valid: list[Valid] = Field(min_length=1)
    invalid: list[Invalid] = Field(min_length=1)
    answers: list[Valid] = []


def examples_of(word: str, folder: Path = EXAMPLES) -> Examples:
    """Read the examples of one word."""
    return Examples.model_validate_json((folder / f"{word}.json").read_text(encoding="utf-8"))
