"""Stage 7: an answer is built from a frozen snapshot of the case."""
