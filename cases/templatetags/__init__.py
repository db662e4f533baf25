"""Words, dates and places as templates ask for them."""
