"""How staff and operators' systems come in: open sessions, lost second factors, what a token may do."""
