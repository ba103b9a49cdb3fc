"""Runs `extract` on strangers' files in child processes, with directories of their own."""
