"""Everything that search keeps in PostgreSQL: what it knows of documents, and the vectors."""
