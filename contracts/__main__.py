"""Write what is generated from the messages: `python -m contracts`; `--check` only looks."""

import sys
from pathlib import Path

from contracts.asyncapi import FILE, document
from contracts.schema import SCHEMAS, schemas, written


def generated() -> dict[Path, str]:
    """Generate every file that is committed, by its path."""
    files = {SCHEMAS / name: written(schema) for name, schema in schemas().items()}
    files[FILE] = written(document())
    return files


def stale(files: dict[Path, str]) -> list[Path]:
    """Name the files that are missing, differ, or that nothing generates any more."""
    differing = [
        path
        for path, content in files.items()
        if not path.exists() or path.read_text(encoding="utf-8") != content
    ]
    return differing + [path for path in SCHEMAS.glob("*.json") if path not in files]


def main() -> None:
    """Bring the generated files up to date, or say which are not."""
    files = generated()
    behind = stale(files)
    if "--check" in sys.argv:
        sys.exit(f"run `make contracts`: {', '.join(p.name for p in behind)}" if behind else 0)
    for path in behind:
        if path in files:
            path.parent.mkdir(exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()
        print(f"{'wrote' if path in files else 'removed'} {path.relative_to(FILE.parent.parent)}")


if __name__ == "__main__":
    main()
