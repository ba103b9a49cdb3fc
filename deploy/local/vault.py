"""Passwords that nobody has to think of: made once, kept in files that only we can read."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Vault:
    """A folder with one file for each secret."""

    folder: Path

    def secret(self, name: str) -> str:
        """Tell a secret; one that is not there yet is made, whole or not at all."""
        path = self.folder / name
        if not path.exists():
            fresh = path.with_name(f".{name}.new")
            fresh.unlink(missing_ok=True)
            with os.fdopen(
                os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
            ) as file:
                file.write(secrets.token_urlsafe(32))
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)
        return path.read_text()
