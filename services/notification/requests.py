"""Everything that notification answers, one line each."""

from contracts.notification import (
    ChangePreferences,
    DescribeNotificationRebuild,
    ListNotifications,
    ReadAllNotifications,
    ReadNotification,
    RebuildNotification,
    ShowPreferences,
)
from contracts.orphans import FindNotificationOrphans, Sweeping
from contracts.rebuilding import Rebuilding
from services.notification.service.reading import Reading
from shared.bus import Bus


def bind(bus: Bus, reading: Reading, sweeping: Sweeping, rebuilding: Rebuilding) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(ListNotifications, reading.list)
    bus.answer(ReadNotification, reading.read)
    bus.answer(ReadAllNotifications, reading.read_all)
    bus.answer(ShowPreferences, reading.preferences)
    bus.answer(ChangePreferences, reading.prefer)
    bus.answer(FindNotificationOrphans, sweeping.find)
    bus.answer(RebuildNotification, rebuilding.start)
    bus.answer(DescribeNotificationRebuild, rebuilding.describe)
