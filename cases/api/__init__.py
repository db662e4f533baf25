"""The operators' own systems: handing in, following, the stop list. The API calls stages and decides nothing."""
