"""What indexing does: its verbs, the long work behind one of them, and how all of it is told."""
