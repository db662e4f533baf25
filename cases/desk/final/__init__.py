"""Pages on which something is done that cannot be undone: what follows, and what shows that it is so."""
