"""Staff come in: by a password and a second factor or the company's own sign-in, slowed down where somebody guesses."""
