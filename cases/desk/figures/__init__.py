"""The desk in figures, for whoever leads it and for the data protection officer: as a page, as files, on paper."""
