"""Delta tables: what is in them by their log, and the rows taken out by it."""
