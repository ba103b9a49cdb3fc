"""The verbs: what people ask of document, what others tell it, and how it reads files."""
