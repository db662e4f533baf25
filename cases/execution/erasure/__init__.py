"""Erasure at the sources (GDPR Art. 17): now, when the last hold ends, and of rows that came later."""
