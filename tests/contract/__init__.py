"""What every message and manifest promises."""
