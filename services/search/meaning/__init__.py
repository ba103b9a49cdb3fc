"""Adapters to stores of vectors beside search's own database."""
