"""Runs search: `python -m services.search`."""

from services.search.main import main

main()
