"""Words for codes: what the desk calls stages, happenings, reasons and sources."""
