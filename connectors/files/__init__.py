"""Files of rows, local or in object storage."""
