"""Reaching the operators' own systems. Knows nothing of cases."""
