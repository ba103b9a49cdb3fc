"""What a stored object is, and the rules it keeps: values in, values out."""
