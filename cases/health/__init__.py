"""How the desk is: whether what it needs is there, what waits and since when, and what to do about it."""
