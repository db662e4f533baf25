"""A caseworker who has seen who asks."""
