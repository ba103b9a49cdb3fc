"""Routes: each reads HTTP, asks the owner, and answers. No rule is decided here."""
