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

CRAFTS: Final[dict[str, frozenset[str]]] = {
    "document": frozenset({"extract", "reading", "storage"}),
    "gateway": frozenset(
        {
            "access",
            "addresses",
            "admin",
            "allowances",
            "app",
            "dependencies",
            "discovery",
            "http",
            "live",
            "openapi",
            "pages",
            "patience",
            "pace",
            "places",
            "routes",
            "uploads",
        }
    ),
    "identity": frozenset({"keys", "passwords"}),
    "indexing": frozenset({"embed", "objects", "passages"}),
    "notification": frozenset({"inventory", "titles"}),
    "operations": frozenset(
        {"catalogue", "deaths", "listeners", "rounds", "said", "views", "watch"}
    ),
    "quiz": frozenset({"documents", "generate", "generator"}),
    "search": frozenset({"documents", "embedder", "index", "meaning", "passages", "words"}),
    "storage": frozenset({"blobs", "check", "content", "inventory", "sniff", "uploads"}),
}
"""By service: adapters named for their outside thing, and crafts that outgrew a file."""
