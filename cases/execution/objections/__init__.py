"""Uses stopped at the sources (GDPR Art. 7(3) and 21), the stop list, and whether they stay stopped."""
