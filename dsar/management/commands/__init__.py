"""Commands of `manage.py` about the desk as a whole."""
