"""What a source is described with: `connectors.toml`, read and checked."""
