"""The record of processing of an operator (GDPR Art. 30): categories, settings, and the checks of what is written."""
