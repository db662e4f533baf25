"""A stronger proof after a weaker one: what waits for it, by which ways it is given, what it sets going again."""
