"""What is sealed: keys, files and what the person typed."""
