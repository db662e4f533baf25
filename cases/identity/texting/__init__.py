"""Text messages: a code to a number that a source ties to the person, over the operator's gateway."""
