"""What files of a service may be called, and the crafts that services have beside them."""

from typing import Final

WORDS: Final = frozenset(
    {
        "__init__",
        "__main__",
        "model",
        "ports",
        "service",
        "handlers",
        "requests",
        "store",
        "settings",
        "main",
        "migrations",
    }
)

CRAFTS: Final[dict[str, dict[str, str]]] = {}
"""By service: an adapter named for its outside thing, or a craft that outgrew a file."""
