"""What the person and the desk write to each other about a case, and what the desk writes down for itself."""
