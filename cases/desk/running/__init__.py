"""Pages about the desk itself: how it is, and whether a restore holds it back."""
