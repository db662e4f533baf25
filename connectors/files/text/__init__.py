"""CSV and JSON lines, record by record."""
