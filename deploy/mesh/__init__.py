"""The operators' command line: what runs in a mesh, looked at and mended from a terminal."""
