"""The servers the demo starts: databases, queue, post office, consent service."""
