"""How documents come into being: idempotency keys, what one person may have, registration."""
