"""What one person may have, and what is said when it is enough."""

from dataclasses import dataclass
from http import HTTPStatus

from shared.problems import Problem


class TooLarge(
    Problem,
    code="too-large",
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    title="The file is larger than allowed",
):
    """`limit` tells how many bytes are taken."""


class QuotaExceeded(
    Problem,
    code="quota-exceeded",
    status=HTTPStatus.CONFLICT,
    title="There is no room for another document; delete some first",
):
    """`limit` tells how much one person may have."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What one person has already."""

    documents: int
    size: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one person may have."""

    file: int = 1_000_000_000
    size: int = 10_000_000_000
    documents: int = 10_000

    def check(self, size: int, has: Holdings) -> None:
        """Refuse a file that is too large, or one too many."""
        if size > self.file:
            raise TooLarge(f"it has {size:,} bytes, and {self.file:,} are taken", limit=self.file)
        if has.documents >= self.documents:
            raise QuotaExceeded(f"you have {has.documents:,} documents", limit=self.documents)
        if has.size + size > self.size:
            raise QuotaExceeded(
                f"you have {has.size:,} bytes of {self.size:,}, and it has {size:,}",
                limit=self.size,
            )
