"""What bodies the contracts allow, asked of the very classes that listeners read them with."""

from dataclasses import dataclass

from pydantic import ValidationError

from contracts.catalogue import messages
from services.operations.model import BadBody


@dataclass(frozen=True, slots=True)
class ContractCatalogue:
    """The contracts of this mesh; types of other teams, which it does not know, are let pass."""

    def require(self, type_: str, body: bytes) -> None:
        message = messages().get(type_)
        if message is None:
            return
        try:
            message.model_validate_json(body)
        except ValidationError as wrong:
            errors = [
                {"pointer": "".join(f"/{part}" for part in one["loc"]), "detail": one["msg"]}
                for one in wrong.errors(include_input=False, include_url=False)
            ]
            raise BadBody(
                f"{type_} cannot be read from this body; `errors` says where it is wrong.",
                errors=errors,
            ) from None
