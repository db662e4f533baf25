"""Sample letters for docs/samples: every right and outcome in three languages, about people who do not exist."""
