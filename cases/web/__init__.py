"""What pages share: fields, context, accounts, files handed over, liveness."""
