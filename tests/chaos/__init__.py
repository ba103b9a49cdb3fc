"""Faults from outside while a mesh works, and a ledger of ids that is compared at the end."""
