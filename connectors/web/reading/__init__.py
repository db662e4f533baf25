"""An API's rows: pages, keys, and whose they are."""
