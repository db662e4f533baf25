"""What somebody who asks has begun."""
