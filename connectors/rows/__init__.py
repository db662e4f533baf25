"""What comes back from a source: rows as lines, whose they are, and what they tell to ask next."""
