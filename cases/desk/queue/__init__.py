"""The queue: which cases are shown, a page at a time, how one is found, and what is done with several at once."""
