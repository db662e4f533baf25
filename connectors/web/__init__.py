"""JSON APIs, by configuration."""
