"""What people do with their documents and collections."""
