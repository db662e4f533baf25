"""One request answered in two parts: what is ready by its day, the rest with more time."""
