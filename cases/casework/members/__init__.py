"""Who belongs to the desk: roles, which take two people where they carry power, and accounts behind mailed links."""
