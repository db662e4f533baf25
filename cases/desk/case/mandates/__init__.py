"""Who asks for somebody else: the authority beside what is known, what becomes of it, and the papers that show it."""
