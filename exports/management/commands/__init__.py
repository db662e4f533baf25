"""Commands of `manage.py` about packages."""
