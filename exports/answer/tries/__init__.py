"""A build that breaks off: what it has finished, kept for the next try, and how far it is."""
