"""The package: JSON, CSV and the letter in one archive, and the check that it is what its manifest says."""
