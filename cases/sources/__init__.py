"""The operators' systems as the desk asks them: loading, reaching, pace, tries, health, what they refuse."""
