"""A real OpenSearch without a container: Maven fetches its jars, a small Java main starts it."""
