"""Direct uploads: bytes that their owner sends to the object store without us in between."""
