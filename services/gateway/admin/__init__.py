"""What operators see and do over HTTP: each route asks the owner, and answers."""
