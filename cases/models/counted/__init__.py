"""What was counted of the cases, and not the cases."""
