"""Start the operations service: `python -m services.operations`."""

from services.operations.main import main

main()
