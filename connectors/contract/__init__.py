"""The contract a connector keeps with the desk: what it is asked, what it answers, how it fails."""
