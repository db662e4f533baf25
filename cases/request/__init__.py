"""Stage 1: what was asked becomes a submission with its cases and their references."""
