"""Run document: `python -m services.document`."""

from services.document.main import main

main()
