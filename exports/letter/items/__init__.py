"""What was found, on paper: an overview first, then the records, and what their fields mean."""
