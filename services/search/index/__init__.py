"""The text index: tantivy, embedded in this process, one writer, one replica."""
