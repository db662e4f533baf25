"""What the person and the desk write to each other, as the person sees it."""
