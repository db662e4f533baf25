"""The sentences of letters and packages: a TOML file a language, with the same keys in each."""
