"""What a person masks by hand: stretches of text, and files in which somebody else is left out."""
