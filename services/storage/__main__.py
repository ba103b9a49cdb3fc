"""Start storage: `python -m services.storage`."""

from services.storage.main import main

main()
