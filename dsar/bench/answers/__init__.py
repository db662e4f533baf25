"""What an answer costs: as a whole, form by form, on paper, and from the form to ready for approval."""
