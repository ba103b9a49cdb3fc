"""The verbs of search: keeping both indexes true, and finding in them."""
