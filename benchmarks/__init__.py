"""What things cost: figures side by side, from one run on one machine; nothing here is a test."""
