"""Uploads: a multipart body on its way to the object store, never held whole."""
