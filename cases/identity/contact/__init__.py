"""Where the person is reached."""
