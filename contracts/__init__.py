"""What services may say to each other: every message, the manifests, schemas, examples and AsyncAPI."""
