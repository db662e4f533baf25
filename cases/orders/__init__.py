"""Orders of courts and authorities, and a case as cleared officers may know it."""
