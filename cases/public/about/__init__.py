"""What an operator says of these pages themselves."""
