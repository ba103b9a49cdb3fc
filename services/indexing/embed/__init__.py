"""Adapters to what knows the meaning of texts: a model on this machine, or one behind HTTP."""
