"""What can be set about notification; all of it is what every service has."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing of its own."""
