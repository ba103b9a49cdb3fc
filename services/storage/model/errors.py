"""Why storage refuses: requests that cannot be granted, and bytes that do not pass."""

from http import HTTPStatus
from typing import ClassVar

from shared.problems import NotFound, Problem


class NobodyAsks(
    Problem,
    code="unauthenticated",
    status=HTTPStatus.UNAUTHORIZED,
    title="Sign in to do this",
):
    """Objects belong to people, and no person stands behind this request."""


class ObjectNotFound(NotFound, code="object-not-found", title="There is no such object"):
    """It does not exist, is not the caller's, or may not be read."""


class ObjectClosed(
    Problem,
    code="object-closed",
    status=HTTPStatus.CONFLICT,
    title="The object takes no more bytes",
):
    """Its upload is over: the object is being checked, was checked, or is gone."""


class NotAnnounced(NotFound, code="upload-not-found", title="There is no such upload"):
    """Nobody announced how much would come, so there is nothing to compare with."""


class NoSuchPart(
    Problem,
    code="no-such-part",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The upload has no such part",
):
    """Its number is beyond what the announced size has, or the upload comes in one piece."""


class NotDerived(
    Problem,
    code="not-derived",
    status=HTTPStatus.CONFLICT,
    title="Only an object that a service made is sealed at once",
):
    """What people bring goes through the full check instead."""


class Unacceptable(
    Problem,
    code="unacceptable",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The object did not pass its checks",
):
    """The bytes are not what was announced, or not what we take. Subclasses say why."""

    quarantined: ClassVar[bool] = False


class NeverArrived(Unacceptable, code="not-uploaded", title="No bytes arrived"):
    """The upload was registered, but its bytes are not there."""


class Empty(Unacceptable, code="empty", title="The file is empty"):
    """There is nothing in it."""


class TooLarge(Unacceptable, code="too-large", title="The file is too large"):
    """It is larger than the mesh is set to take."""


class SizeMismatch(Unacceptable, code="size-mismatch", title="The size is not the announced one"):
    """Fewer or more bytes arrived than were announced."""


class ChecksumMismatch(
    Unacceptable, code="checksum-mismatch", title="The checksum is not the announced one"
):
    """Other bytes arrived than were announced, or they changed while being checked."""


class UnsupportedType(
    Unacceptable, code="unsupported-type", title="Files of this type cannot be read"
):
    """Its content is of a type that nothing here can read, whatever its name says."""


class Encrypted(Unacceptable, code="encrypted", title="The file is locked with a password"):
    """Its content cannot be seen without a password that we do not have."""


class Corrupt(Unacceptable, code="corrupt", title="The file is damaged"):
    """It begins as a file of its type does, but its structure is broken or cut off."""


class Unchecked(Unacceptable, code="unchecked", title="The file could not be checked"):
    """The check itself failed again and again; the file is to be uploaded again."""


class Malware(Unacceptable, code="malware", title="The file is dangerous"):
    """It carries something known to do harm; it is kept apart."""

    quarantined = True
