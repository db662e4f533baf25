"""Rows of a database as lines of JSON, a page at a time."""
