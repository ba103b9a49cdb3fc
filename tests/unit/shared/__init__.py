"""The machinery, without servers."""
