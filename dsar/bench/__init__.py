"""How fast the desk is on this machine, each figure beside a floor measured in the same run."""
