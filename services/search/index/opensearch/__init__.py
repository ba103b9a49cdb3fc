"""OpenSearch behind our port: the same words in the same places, weighed for each owner."""
