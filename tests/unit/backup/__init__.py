"""Tests of backups without a mesh."""
