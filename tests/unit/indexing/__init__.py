"""Indexing without servers."""
