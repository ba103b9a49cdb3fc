"""Reading strangers' files: in a child process, and in a room of our own."""
