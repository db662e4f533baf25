"""What is kept: files held against the rows that speak of them, and what nothing else ends."""
