"""A lost database, put back from its dumps."""
