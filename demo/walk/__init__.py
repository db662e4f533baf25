"""The walk through the desk: the person, the officers, and what must be true at the end."""
