"""Processes as `serve()` runs them, against real servers."""
