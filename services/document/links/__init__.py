"""Links: the original of a document for whoever was given the address, for a while."""
