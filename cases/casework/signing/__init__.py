"""What an operator signs for others to keep: packages and receipts, with keys that turn and can be withdrawn."""
