"""A backup of a whole mesh, taken while it runs, and the way back into an empty one."""
