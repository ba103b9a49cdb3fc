"""The services that an inventory asks, as far as it asks them: each knows some ids, or none."""

from dataclasses import dataclass, field
from uuid import UUID

from contracts.orphans import Known, WhichKnown
from shared.cause import Cause
from shared.messages import A, Request


@dataclass
class Holding:
    """Answers which ids are known, by the request that asks; as it begins, nobody is known."""

    ids: dict[type[WhichKnown], set[UUID]] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    """About how many at once, each time."""

    async def ask(self, request: Request[A], cause: Cause, *, within: float = 5.0) -> A:
        del cause, within
        assert isinstance(request, WhichKnown)
        self.asked.append(len(request.ids))
        held = self.ids.get(type(request), set())
        known = Known(ids=[one for one in request.ids if one in held])
        return request.answer.model_validate(known.model_dump())  # type: ignore[return-value]
