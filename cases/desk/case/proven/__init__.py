"""Who asks, as a caseworker vouches for it, and where they are written to."""
