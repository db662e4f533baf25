"""What the data protection officer looks after across cases: breaches, complaints, refusals, changed decisions."""
