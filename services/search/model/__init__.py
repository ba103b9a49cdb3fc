"""What search knows and decides: pure values and rules."""
