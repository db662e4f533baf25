"""What a desk made to be measured or tested stands on: an operator's folder, keys, and requests that are proven."""
