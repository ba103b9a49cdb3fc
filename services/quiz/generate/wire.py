"""What passes between the service and its generating child, a line of JSON each way."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from services.quiz.model.draft import Draft, Made, Wanted
from services.quiz.ports import CannotGenerate


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class Task(_Line):
    """Make these questions from the text in that file."""

    path: Path
    wanted: Wanted

    @classmethod
    def of(cls, path: Path, wanted: Wanted) -> Self:
        """Put it in a line."""
        return cls(path=path, wanted=wanted)


class Reply(_Line):
    """The questions, or why there are none at all."""

    drafts: tuple[Draft, ...] = ()
    note: str = ""
    code: str | None = None

    def made(self) -> Made:
        """Take what was made, or raise what went wrong."""
        if self.code is not None:
            raise CannotGenerate(self.code, self.note)
        return Made(self.drafts, self.note)
