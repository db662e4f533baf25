"""What shows that somebody may ask for another: asked for, given, looked into, accepted or refused."""
