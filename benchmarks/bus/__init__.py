"""One message from who says it to who handles it: bare nats-py beside outbox, relay and inbox."""
