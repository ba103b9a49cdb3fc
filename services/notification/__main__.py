"""Start the notification service: `python -m services.notification`."""

from services.notification.main import main

main()
