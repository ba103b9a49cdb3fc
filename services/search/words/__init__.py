"""The craft of words: what a text consists of, what was asked for, and whether they agree."""
