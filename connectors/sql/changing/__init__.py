"""Rows of a database erased, anonymised or given other values, and the rehearsal of it."""
