"""What services may say to each other: messages, manifests, schemas, examples, AsyncAPI."""
