"""What is particular about the person of a case: who alone may know of it, and whose a number was when."""
