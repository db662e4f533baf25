"""The small letters: more time, who are you, closed unproven, a restriction's end, a hand-over, and the receipt."""
