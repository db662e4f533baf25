"""Whose request the law treats with care of its own: children, and people who have died."""
