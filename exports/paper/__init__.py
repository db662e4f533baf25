"""What is printed: how type is set, and records as annexes of a letter."""
