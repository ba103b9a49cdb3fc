"""Documents' ways on PostgreSQL; the same suite runs on the fake store."""

from tests.unit.document.journeys import JourneyBehaviour


class TestJourneysInPostgres(JourneyBehaviour):
    pass
