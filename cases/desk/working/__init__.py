"""Who works what: cases handed over, and who stands in for somebody who is away."""
