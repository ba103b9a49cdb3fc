"""What a command said, for tests that run commands."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it said, with `--json`."""
        assert self.code == 0, self.err
        return json.loads(self.out)
