"""What the person and the desk write to each other, as the case page shows it."""
