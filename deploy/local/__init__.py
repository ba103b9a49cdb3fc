"""The whole mesh on one machine, from wheels: servers and services under one supervisor."""
