"""Databases, through SQLAlchemy Core."""
