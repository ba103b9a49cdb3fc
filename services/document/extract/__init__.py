"""The craft of reading files: one entry a format, one outcome, exact offsets.

Pure and synchronous, and meant for a child process: the files are strangers'.
"""
