"""Case files: a situation written down by a lawyer as TOML, and what the law should make of it.

`format` is the shape of a file, `reading` turns one into the types the law works on, `outcome` runs the law on it, and
`compare` holds the outcome against what the file expects.
"""
