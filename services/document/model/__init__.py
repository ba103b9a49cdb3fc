"""What documents, collections, uploads and links are, and their rules: values in, values out."""
