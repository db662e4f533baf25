"""A case's keys, columns whose words are sealed under them, and the keys that an operator signs with."""
