"""A case's keys, and columns whose words are sealed under them."""
