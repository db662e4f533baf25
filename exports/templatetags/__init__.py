"""Letters as templates print them."""
