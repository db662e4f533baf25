"""Every outgoing file, read back before anybody may approve it: what is masked stands nowhere it is not given."""
