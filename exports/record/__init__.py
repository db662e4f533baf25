"""A case's record as a pack that can be checked without the desk, and the record held against the answers."""
