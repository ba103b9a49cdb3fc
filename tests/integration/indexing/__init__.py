"""Indexing on real servers."""
