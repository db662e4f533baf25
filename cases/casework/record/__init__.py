"""Anchors of the audit chains outside the database, and the log held against what it speaks of."""
