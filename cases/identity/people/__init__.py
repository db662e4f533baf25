"""Who the person concerned is, where that changes the work: a child, protected by law, or no longer alive."""
