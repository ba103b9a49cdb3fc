"""Many mixed documents through the mesh, and through a bare script with the same reading code."""
