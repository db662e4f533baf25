"""Data straight to another provider, where the person asked for it (Article 20(2))."""
