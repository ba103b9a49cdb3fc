"""What goes wrong with documents and collections, each by its name."""

from http import HTTPStatus
from uuid import UUID

from shared.problems import NotFound, Problem


class NobodyAsks(
    Problem,
    code="unauthenticated",
    status=HTTPStatus.UNAUTHORIZED,
    title="Sign in to do this",
):
    """Documents belong to people, and no person stands behind this request."""


class DocumentNotFound(NotFound, code="document-not-found", title="There is no such document"):
    """It does not exist, is not the caller's, or was deleted."""

    def __init__(self, detail: str = "None of your documents has this id (any more).") -> None:
        super().__init__(detail)


class CollectionNotFound(
    NotFound, code="collection-not-found", title="There is no such collection"
):
    """It does not exist, is not the caller's, or was deleted."""

    def __init__(self, detail: str = "None of your collections has this id (any more).") -> None:
        super().__init__(detail)


class DocumentFinished(
    Problem,
    code="document-finished",
    status=HTTPStatus.CONFLICT,
    title="The document is finished; there is nothing to cancel",
):
    """Cancelling comes too late."""


class NothingWaits(
    Problem,
    code="document-not-waiting",
    status=HTTPStatus.CONFLICT,
    title="The document is not waiting",
):
    """What is finished cannot come first."""


class NotRetryable(
    Problem,
    code="not-retryable",
    status=HTTPStatus.CONFLICT,
    title="There is nothing to retry",
):
    """Only what failed, was cancelled or was read with warnings is read again."""


class NotChecked(
    Problem,
    code="not-checked",
    status=HTTPStatus.CONFLICT,
    title="The file has not passed its checks",
):
    """Nobody reads a file before it was checked."""


class NoTextYet(
    Problem, code="no-text-yet", status=HTTPStatus.CONFLICT, title="The document has not been read"
):
    """There is no text to give."""


def person(actor: UUID | None) -> UUID:
    """Insist that somebody asks."""
    if actor is None:
        raise NobodyAsks
    return actor
