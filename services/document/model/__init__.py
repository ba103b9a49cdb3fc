"""What a document and a collection are, and the rules they keep: values in, values out."""
