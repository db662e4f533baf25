"""Recipients told of erasures, corrections and restrictions (GDPR Art. 19)."""
