"""What somebody who asks has begun, and what they and the desk write to each other."""
