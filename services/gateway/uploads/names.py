"""What a file may be called."""

from typing import Final

_NAME: Final = 255


def base_name(path: str) -> str | None:
    """Take the last part of whatever path a client sent; None if no file can be called that."""
    name = path.replace("\\", "/").rpartition("/")[2].strip()
    return name if name and len(name) <= _NAME and name.isprintable() else None
