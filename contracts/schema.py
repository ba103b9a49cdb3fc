"""JSON Schemas of the messages, generated from their classes and committed beside them."""

import json
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from contracts.catalogue import FOLDER, answer_of, messages

SCHEMAS: Final = FOLDER / "schemas"
BASE: Final = "https://studymesh.dev/contracts/"

Schema = dict[str, JsonValue]


@cache
def schemas() -> dict[str, Schema]:
    """Generate every schema, by file name: a word's own, and of a request its answer's."""
    generated: dict[str, Schema] = {}
    for word, message in messages().items():
        generated[f"{word}.json"] = schema_of(message, f"{word}.json")
        answer = answer_of(message)
        if answer is not None:
            generated[f"{word}.answer.json"] = schema_of(answer, f"{word}.answer.json")
    return generated


def schema_of(model: type[BaseModel], file_name: str) -> Schema:
    """Describe what a reader accepts: open to unknown fields, calm about missing optional ones."""
    schema = model.model_json_schema(mode="validation", schema_generator=_AsWritten)
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": BASE + file_name, **schema}


def committed(folder: Path = SCHEMAS) -> dict[str, Schema]:
    """Read the schemas that stand in a folder, by file name."""
    return {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
    }


def written(document: object) -> str:
    """Write JSON the one way it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class _AsWritten(GenerateJsonSchema):
    """Keeps fields in the order of the class, where pydantic's default is the alphabet."""

    def sort(
        self,
        value: JsonSchemaValue,
        parent_key: str | None = None,  # noqa: ARG002  # pydantic's signature
    ) -> JsonSchemaValue:
        """Leave the order as it is written."""
        return value
