"""Commands of `manage.py`; each says what it does in its help."""
