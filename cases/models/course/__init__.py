"""What leads a case off its line and back, and who works it while somebody is away."""
