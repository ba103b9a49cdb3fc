"""Indexing as a process: `python -m services.indexing`."""

from services.indexing.main import main

main()
