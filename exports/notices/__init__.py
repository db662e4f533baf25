"""Letters beside the answer: to the subscriber of a rights holder, at the end of a restriction, the cleared annex."""
