"""The letter, pure: facts in, one typed document out."""
