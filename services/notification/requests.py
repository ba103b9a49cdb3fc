"""Everything that notification answers, one line each."""

from contracts.notification import (
    ChangePreferences,
    ListNotifications,
    ReadAllNotifications,
    ReadNotification,
    ShowPreferences,
)
from contracts.orphans import FindNotificationOrphans, Sweeping
from services.notification.service.reading import Reading
from shared.bus import Bus


def bind(bus: Bus, reading: Reading, sweeping: Sweeping) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(ListNotifications, reading.list)
    bus.answer(ReadNotification, reading.read)
    bus.answer(ReadAllNotifications, reading.read_all)
    bus.answer(ShowPreferences, reading.preferences)
    bus.answer(ChangePreferences, reading.prefer)
    bus.answer(FindNotificationOrphans, sweeping.find)
