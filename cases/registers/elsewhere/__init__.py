"""Companies to which data are sent when a person asks for it."""
