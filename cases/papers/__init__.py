"""Papers that somebody showed us: sealed as they come, looked through for viruses, opened on the record, deleted."""
