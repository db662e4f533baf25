"""The small letters: more time, who are you, the end of a restriction, a hand-over, and the receipt."""
