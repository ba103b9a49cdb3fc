"""The terms under which storage works in tests."""

from datetime import timedelta

from services.storage.service import Terms
from tests.unit.storage.behaviour import MIB

TERMS = Terms(
    part_size=8 * MIB,
    upload_life=timedelta(hours=1),
    download_life=timedelta(minutes=5),
    unclaimed_life=timedelta(hours=24),
)
