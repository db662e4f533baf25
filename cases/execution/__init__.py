"""Stage 8: what was approved is carried out at the sources, and what failed is tried again."""
