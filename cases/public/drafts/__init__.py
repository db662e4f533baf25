"""A request while it is filled in: what was answered so far, and how it is taken up again."""
