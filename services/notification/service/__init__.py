"""What notification does: shows what happens, tells what ended, sums up, and is read."""
