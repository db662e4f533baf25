"""A case off its line and back: taken back, reopened, handed over."""
