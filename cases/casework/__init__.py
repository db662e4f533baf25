"""What every stage works with: the line, the clock of a case, audit, permissions, mail, staff. `workflow.py` first."""
