"""Case files: a situation written down by a lawyer as TOML, held against what the law makes of it."""
