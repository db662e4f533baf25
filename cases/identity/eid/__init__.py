"""Electronic identity: a person shows by BankID or MitID who they are, through an operator's broker."""
