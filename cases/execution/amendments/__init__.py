"""Rectification and restriction at the sources (GDPR Art. 16 and 18)."""
