"""Pages between writing an answer and approving it: read, worded, sent on, taken back."""
