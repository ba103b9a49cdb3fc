"""Faults of a broker of three nodes, under the mesh's own outbox, relay, handler and inbox."""
