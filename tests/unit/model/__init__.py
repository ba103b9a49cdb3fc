"""The embedding model's export."""
