"""Pages on which staff write down what reached the operator on another way than the form."""
