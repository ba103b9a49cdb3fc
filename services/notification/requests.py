"""Everything that notification answers, one line each."""

from contracts.notification import ListNotifications, ReadAllNotifications, ReadNotification
from services.notification.service import Notifications
from shared.bus import Bus


def bind(bus: Bus, notifications: Notifications) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(ListNotifications, notifications.list)
    bus.answer(ReadNotification, notifications.read)
    bus.answer(ReadAllNotifications, notifications.read_all)
