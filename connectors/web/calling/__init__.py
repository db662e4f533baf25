"""One call of an API: sign-in, pace, bounds, and what the answer means."""
