"""What people show us: papers, and what was made of them."""
