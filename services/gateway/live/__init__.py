"""Live: what happens, told to open tabs as it happens, and exactly what they missed."""
